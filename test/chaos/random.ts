/** Chance that can be repeated: the same seed gives the same numbers. */

export interface Random {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** One of `list`, which is not empty. */
  pick<T>(list: readonly T[]): T;
  /** All of `list` in another order. */
  shuffle<T>(list: readonly T[]): readonly T[];
  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean;
}

/** Source: mulberry32, Tommy Ettinger, public domain. */
export function random(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number): number =>
    low + Math.floor(next() * (high - low + 1));
  const pick = <T>(list: readonly T[]): T => {
    const index = between(0, list.length - 1);
    if (index >= list.length || index < 0) throw new Error('There is nothing to pick from.');
    return list[index] as T;
  };
  return {
    between,
    pick,
    shuffle: (list) =>
      list
        .map((item) => ({ item, order: next() }))
        .toSorted((one, other) => one.order - other.order)
        .map(({ item }) => item),
    chance: (percent) => next() * 100 < percent,
  };
}
