// Reads Parquet files with hyparquet and prints what stands in each column: entries, nulls, a sum (of lengths for text and bytes), and a digest of all, row by row.
import { createHash } from 'node:crypto';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';

const parsers = { timestampFromNanoseconds: (nanos) => nanos };
const text = (entry) => entry === null ? '-' : entry instanceof Uint8Array ? Buffer.from(entry).toString('hex') : String(entry);
const number = (entry) => BigInt(entry?.length ?? entry ?? 0);
const entriesOf = (value, path) => Array.isArray(value) ? value.flatMap((one) => entriesOf(one, path))
  : path.length > 0 ? entriesOf(value[path[0]], path.slice(1))
  : [value ?? null];

const tables = process.argv.slice(2).map(async (path) => {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file, { parsers });
  const rows = await parquetReadObjects({ file, metadata, parsers });
  const columns = metadata.row_groups[0].columns.map(({ meta_data: { path_in_schema: parts } }) => {
    // A list is read as an array, without the two groups that the file has for it.
    const steps = parts.filter((part) => part !== 'list' && part !== 'element');
    const digest = createHash('sha256');
    let [entries, nulls, sum] = [0, 0, 0n];
    for (const row of rows) {
      const own = entriesOf(row, steps);
      digest.update(own.map(text).join(',') + '\n');
      entries += own.length;
      for (const entry of own) {
        nulls += entry === null ? 1 : 0;
        sum += number(entry);
      }
    }
    return { column: parts.join('.'), entries, nulls, sum: String(sum), digest: digest.digest('hex') };
  });
  return { rows: rows.length, groups: metadata.row_groups.length, columns };
});
console.log(JSON.stringify(await Promise.all(tables)));
