import { createIdBlocks, type IdBlocks } from "./id_blocks.ts";
import { blockOf, isForbidden } from "./id_topic.ts";

/** Ids with one prefix that a run takes before its first event, for its market. */
const AT_START = 1_000;

/**
 * Reserves the first ids of a run, and further ones when they are missing.
 *
 * @param topic the topic whose offsets hand them out
 * @param append appends so many records to it, and gives the offset of the first
 * @returns undefined where Kafka does not let this client write to the topic
 * @throws what `append` throws
 */
export async function reserveIds(
  topic: string,
  append: (count: number) => Promise<number>,
): Promise<IdBlocks | undefined> {
  const blocks = createIdBlocks(async (count) => {
    const first = await append(count);
    return Array.from({ length: count }, (_, i) => blockOf(topic, first + i));
  });
  try {
    await blocks.ensure(AT_START);
    return blocks;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
