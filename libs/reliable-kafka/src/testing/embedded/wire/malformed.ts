/** Bytes that are no request. The connection that they came by is closed. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}
