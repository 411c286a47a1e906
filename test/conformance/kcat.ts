import { execFile, spawnSync, type ExecFileException } from 'node:child_process';
import { Cluster, type Subject } from './cluster.js';

/** Where everything has to be there a missing kcat is a failure; elsewhere it is said and left at that. */
const kcatIsDemanded = process.env['RELIABLE_KAFKA_REQUIRE_REAL'] === '1';

/** librdkafka, by its command line tool: a second client that nobody here has written. */
export function describeKcat(connect: () => Subject): void {
  if (!kcatIsDemanded && spawnSync('kcat', ['-V']).error) {
    process.stderr.write('Conformance with librdkafka is not tested: install kcat (Debian: apt-get install kcat)\n');
    return;
  }
  describe('kcat', () => {
    let cluster: Cluster;
    let topic: string;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      topic = await cluster.topic(2);
    });
    afterEach(() => cluster.close());

    const kcat = (args: string[], input = ''): Promise<string> =>
      new Promise((resolve, reject) => {
        const all = ['-b', cluster.subject.brokers.join(), ...args];
        const done = (error: ExecFileException | null, stdout: string, stderr: string): void => {
          if (error?.code === 'ENOENT')
            reject(new Error('kcat is not installed: apt-get install kcat', { cause: error }));
          else if (error) reject(new Error(stderr, { cause: error }));
          else resolve(stdout);
        };
        execFile('kcat', all, { timeout: 20_000 }, done).stdin!.end(input);
      });
    const lines = (text: string) => text.split('\n').filter(Boolean).toSorted();
    const consume = (more: string[] = []) => kcat(['-C', '-e', '-q', '-t', topic, '-f', '%p %o %k %s\n', ...more]);

    it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('produces and consumes with codec %s', async (codec) => {
      const sent = Array.from({ length: 50 }, (_, n) => `k${n}:${'text '.repeat(20)}${n}`);
      await kcat(['-P', '-t', topic, '-p', '1', '-K', ':', '-z', codec], sent.join('\n'));
      const expected = sent.map((line, n) => `1 ${n} ${line.replace(':', ' ')}`);
      expect(lines(await consume())).toEqual(expected.toSorted());
    });

    it('produces idempotently, and with all acknowledgements', async () => {
      await kcat(['-P', '-t', topic, '-p', '0', '-X', 'enable.idempotence=true', '-X', 'acks=all'], 'a\nb\nc');
      expect(lines(await consume(['-p', '0']))).toEqual(['0 0  a', '0 1  b', '0 2  c']);
    });

    it('lists brokers, topics and partitions', async () => {
      const listing = JSON.parse(await kcat(['-L', '-J', '-t', topic]));
      expect(listing.brokers).toHaveLength(cluster.subject.brokers.length);
      expect(listing.topics[0]).toMatchObject({ topic, partitions: [{ partition: 0 }, { partition: 1 }] });
    });

    it('looks up offsets by time', async () => {
      const producer = await cluster.producer();
      const messages = [1000, 2000].map((time) => ({ partition: 0, value: 'x', timestamp: String(time) }));
      await producer.send({ topic, messages });
      expect(await kcat(['-Q', '-t', `${topic}:0:1500`])).toBe(`${topic} [0] offset 1\n`);
    });

    it('consumes in a group what kafkajs has sent, and commits', async () => {
      const producer = await cluster.producer();
      await producer.send({ topic, messages: ['a', 'b', 'c'].map((value) => ({ value, partition: 1 })) });
      const group = cluster.name('group');
      const args = ['-G', group, '-q', '-c', '3', '-f', '%p %o %s\n', '-X', 'auto.offset.reset=earliest', topic];
      expect(lines(await kcat(args))).toEqual(['1 0 a', '1 1 b', '1 2 c']);
      const admin = await cluster.admin();
      const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      expect(committed!.partitions.find(({ partition }) => partition === 1)?.offset).toBe('3');
    });

    it('skips what was aborted', async () => {
      const producer = await cluster.producer({
        transactionalId: cluster.name('transactional'),
        idempotent: true,
        maxInFlightRequests: 1,
      });
      for (const end of ['abort', 'commit'] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ value: end, partition: 0 }] });
        await transaction[end]();
      }
      expect(lines(await consume(['-X', 'isolation.level=read_committed']))).toEqual(['0 2  commit']);
      const dirty = ['-X', 'isolation.level=read_uncommitted'];
      expect(lines(await consume(dirty))).toEqual(['0 0  abort', '0 2  commit']);
    });
  });
}
