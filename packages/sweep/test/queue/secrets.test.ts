import { once } from 'node:events';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enqueueStudy } from '../../src/queue/enqueue-study.ts';
import { followStudy } from '../../src/queue/follow-study.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import { partsOf } from '../../src/queue/queue-parts.ts';
import { redact, redactor } from '../../src/queue/redact.ts';
import { queueStatus } from '../../src/queue/queue-status.ts';
import { Lab } from './helpers/lab.ts';
import { noRedis, RedisServer, withRedis } from '../../../../tools/processes/redis-server.mjs';

describe('addresses without secrets', () => {
  test.each([
    ['redis://user:geheim@host:6379/2', 'redis://user:***@host:6379/2'],
    ['rediss://:geheim@host', 'rediss://:***@host'],
    ['redis://host:6379', 'redis://host:6379'],
    ['redis://host:6379?password=geheim', 'redis://host:6379'],
    ['redis://user:ge%40heim@host', 'redis://user:***@host'],
    ['no URL, but redis://user:geheim@host in it', 'no URL, but redis://***@host in it'],
    ['redis://user:geheim@host:port', 'redis://***@host:port'],
  ])('%s', (url, place) => {
    expect(redact(url)).toBe(place);
  });

  test('texts of others lose what an address holds', () => {
    const safe = redactor('redis://user:ge%2Fheim@host?password=zwei');
    expect(safe('AUTH user ge/heim, ge%2Fheim or zwei at redis://a:b@c')).toBe(
      'AUTH user ***, *** or *** at redis://***@c',
    );
    expect(redactor('redis://host')('connect ECONNREFUSED host:6379')).toBe(
      'connect ECONNREFUSED host:6379',
    );
    // What looks like an address of a scheme of its own is none.
    const error = 'SyntaxError: is this one? #1\nand its second line';
    expect(redactor('redis://host')(error)).toBe(error);
  });

  test.each(['host:6379', 'http://host', '', 'postgres://user:geheim@host'])(
    'what is no URL of Redis is refused: %s',
    async (url) => {
      const refused = (await openQueue(url).catch((error: unknown) => error)) as Error;
      expect(refused.message).toContain('takes a URL such as redis://host:6379');
      expect(inspect(refused)).not.toContain('geheim');
    },
  );
});

describe.skipIf(noRedis)(withRedis('a queue with a password'), () => {
  const secret = 'geheim-7c1f/9';
  let redis: RedisServer;
  let url: string;

  beforeAll(async () => {
    redis = await RedisServer.start({ flags: ['--requirepass', secret] });
    url = `redis://:${encodeURIComponent(secret)}@127.0.0.1:${redis.port}`;
  });
  afterAll(() => redis.remove());

  test.each([
    ['a wrong one', 'redis://:wrong@127.0.0.1', 'it does not take this user and password'],
    ['a wrong user', 'redis://someone:wrong@127.0.0.1', 'it does not take this user and password'],
    ['none', 'redis://127.0.0.1', 'it asks for a password; write redis://:PASSWORD@host'],
  ])('%s is an error that names the queue', async (_, address, message) => {
    const refused = (await openQueue(`${address}:${redis.port}`).catch(
      (error: unknown) => error,
    )) as Error;
    expect(refused.message).toContain(message);
    expect(refused.message).toContain(`127.0.0.1:${redis.port}`);
    expect(refused).toMatchObject({ name: 'QueueError', code: 'connection' });
    expect(inspect(refused, { depth: 10 })).not.toContain('wrong');
  });

  test('where nothing listens, and where nothing answers, it ends in time', async () => {
    const silent = createServer((socket) => void socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    await expect(openQueue(`redis://127.0.0.1:${port}`, { patience: 300 })).rejects.toThrow(
      /cannot be reached/,
    );
    await expect(openQueue(`rediss://127.0.0.1:${port}`, { patience: 300 })).rejects.toThrow(
      /cannot be reached .*; one that speaks no TLS is redis:/,
    );
    silent.close();
    await once(silent, 'close');
    await expect(openQueue(`redis://127.0.0.1:${port}`)).rejects.toThrow(/nothing listens there/);
  });

  test('a worker says what is wrong, and ends', async () => {
    const lab = await Lab.open(url);
    try {
      const worker = await lab.process({}, `redis://:falsch@127.0.0.1:${redis.port}`);
      await worker.ended;
      expect(worker.child.exitCode).toBe(3);
      expect(worker.text()).toContain('it does not take this user and password');
      expect(worker.text()).not.toContain('falsch');
    } finally {
      await lab.close();
    }
  });

  test('it stands nowhere: not in Redis, nor in the store, nor in what is said', async () => {
    const lab = await Lab.open(url);
    const told: string[] = [];
    try {
      const worker = await lab.worker();
      const runs = [lab.run('a'), lab.run('b', { failsAt: 1 }), lab.run('c', {}, ['a'])];
      await enqueueStudy(lab.queue, 'secret', runs, lab.kept, { attempts: 2, backoff: 10 });
      for await (const status of followStudy(lab.queue, 'secret', { poll: 50 })) {
        told.push(inspect(status, { depth: 10 }));
      }
      told.push(inspect([lab.events, lab.notes, worker, lab.queue], { depth: 10 }));
      told.push(inspect(await queueStatus(lab.queue), { depth: 10 }), process.title);
      const { client } = partsOf(lab.queue);
      const keys = await client.keys('*');
      expect(keys.length).toBeGreaterThan(10);
      for (const key of keys) told.push(key, (await client.dump(key)) ?? '');
      for await (const { key } of lab.store.list('')) {
        told.push(key, new TextDecoder().decode(await lab.store.get(key)));
      }
      const found = told.filter((text) => text.includes(secret) || text.includes('geheim-7c1f'));
      expect(found).toEqual([]);
      expect(lab.queue.place).toBe(`redis://:***@127.0.0.1:${redis.port}`);
      expect(lab.queue.notes.join()).toContain('append-only file');
    } finally {
      await lab.close();
    }
  });
});
