import { LexigraftError } from '@lexigraft/core';

/** The packages of a queue, where they are installed. */
export type QueuePackages = typeof import('bullmq');

/** Imports the optional packages. @throws {LexigraftError} `missing-engine` where they are not installed */
export async function loadQueuePackages(): Promise<QueuePackages> {
  try {
    return await import('bullmq');
  } catch (cause) {
    throw new LexigraftError(
      'missing-engine',
      'A queue needs the packages bullmq and ioredis: `npm install bullmq ioredis`.',
      { packages: ['bullmq', 'ioredis'] },
      cause,
    );
  }
}

/** Where a Redis is, as its clients take it. */
export interface QueueConnection {
  readonly host: string;
  readonly port: number;
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
  /** Clients of BullMQ wait for a Redis that is away. */
  readonly maxRetriesPerRequest: null;
}

/** Reads `redis://user:password@host:port/database`. @throws {LexigraftError} `invalid-option` */
export function readQueueUrl(url: string): QueueConnection {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '')
    throw new LexigraftError('invalid-option', 'A queue must be given as redis://host:port (rediss:// with TLS).', { option: 'queue' });
  const database = Number(parsed.pathname.slice(1) || 0);
  if (!Number.isInteger(database))
    throw new LexigraftError('invalid-option', 'The database of a queue must be a number, as in redis://host:6379/0.', { option: 'queue' });
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || 6379),
    ...(database > 0 && { db: database }),
    ...(parsed.username !== '' && { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password !== '' && { password: decodeURIComponent(parsed.password) }),
    ...(parsed.protocol === 'rediss:' && { tls: {} }),
    maxRetriesPerRequest: null,
  };
}

/** Name of the queue in Redis. */
export const QUEUE_NAME = 'lexigraft-bench';

/** What travels through the queue: a job, and where its results belong. Results themselves go through the shared folder. */
export interface QueuedJob {
  readonly results: string;
  readonly job: import('../runner/cell.ts').Job;
  readonly inputs: readonly (readonly [string, Readonly<Record<string, string>>])[];
  /** Seconds after which a cell is given up. */
  readonly timeLimit?: number;
}
