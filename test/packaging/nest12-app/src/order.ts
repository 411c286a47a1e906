export interface Order {
  customerId: string;
  step: string;
}
