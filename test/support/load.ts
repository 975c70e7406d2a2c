/** Load from clients of their own: half of them with a fresh connection each time, half keep theirs. */

import http from 'node:http';

/** A request that got no answer. */
export interface Lost {
  readonly kind: 'fresh' | 'kept';
  readonly reason: string;
}

export interface Traffic {
  /** Whether an answer began with `text`. */
  sawText(text: string): boolean;
  /** Ends the load and returns what became of it. */
  stop(): Promise<{ readonly answered: number; readonly lost: readonly Lost[] }>;
}

/** Starts `clients` clients of each kind; resolves when each of them has had an answer. */
export async function load(url: string, options: { readonly clients: number }): Promise<Traffic> {
  const state = { isOver: false, answered: 0, seen: new Set<string>(), lost: [] as Lost[] };
  const client = async (kind: Lost['kind'], begun: () => void): Promise<void> => {
    const agent = new http.Agent({ keepAlive: kind === 'kept', maxSockets: 1 });
    while (!state.isOver) {
      try {
        state.seen.add((await get(url, agent)).split(' ')[0] ?? '');
        state.answered += 1;
      } catch (error) {
        state.lost.push({ kind, reason: String(error) });
      }
      begun();
    }
    agent.destroy();
  };
  const clients: Promise<void>[] = [];
  const begun = Array.from({ length: options.clients * 2 }, (_, index) => {
    return new Promise<void>((resolve) => {
      clients.push(client(index % 2 === 0 ? 'fresh' : 'kept', resolve));
    });
  });
  await Promise.all(begun);
  return {
    sawText: (text) => state.seen.has(text),
    stop: async () => {
      state.isOver = true;
      await Promise.all(clients);
      return { answered: state.answered, lost: state.lost };
    },
  };
}

function get(url: string, agent: http.Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        response.statusCode === 200 && response.complete
          ? resolve(text)
          : reject(new Error(`status ${response.statusCode ?? 0}`)),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
