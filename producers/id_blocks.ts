import { formatId, type Ids } from "./ids.ts";

/** Numbers in a block. */
const SIZE = 1_024;
/** Blocks that there are: an id has 32 bits. */
export const BLOCKS = 2 ** 32 / SIZE;
/** Blocks that are reserved at once at most. */
const MOST = 256;

/** Ids that no other run has: made of blocks of numbers that are reserved for this one. */
export interface IdBlocks {
  /** Each prefix goes through the numbers by itself. */
  readonly id: Ids;
  /** Reserves what is missing, so that each prefix can have so many more ids. */
  ensure(count: number): Promise<void>;
}

/**
 * Makes ids of reserved blocks. The more a run has needed, the more it reserves at once.
 *
 * @param reserve reserves so many blocks, and gives their numbers, from 0
 */
export function createIdBlocks(reserve: (count: number) => Promise<readonly number[]>): IdBlocks {
  const blocks: number[] = [];
  const given = new Map<string, number>();
  let most = 0;
  return {
    id: (prefix) => {
      const position = given.get(prefix) ?? 0;
      const block = blocks[Math.floor(position / SIZE)];
      if (block === undefined) throw new Error(`no further id is reserved for ${prefix}`);
      given.set(prefix, position + 1);
      most = Math.max(most, position + 1);
      return formatId(prefix, block * SIZE + position % SIZE);
    },
    ensure: async (count) => {
      const missing = Math.ceil((most + count) / SIZE) - blocks.length;
      if (missing <= 0) return;
      blocks.push(...await reserve(Math.max(missing, Math.min(blocks.length, MOST))));
    },
  };
}
