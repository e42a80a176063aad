// Reads every table of a release from Parquet and from NDJSON, compares all cells, and prints {"tables", "rows", "cells"}.
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { readdirSync, readFileSync } from 'node:fs'

const dir = process.argv[2]
const seen = { tables: 0, rows: 0, cells: 0 }
const plain = (v, column) => {
  if (v === undefined || v === null) return null
  if (typeof v === 'bigint') return Number(v)
  if (v instanceof Date) return column.converted_type === 'DATE' ? v.toISOString().slice(0, 10) : v.toISOString()
  return v
}
for (const name of readdirSync(`${dir}/parquet`)) {
  const file = await asyncBufferFromFile(`${dir}/parquet/${name}`)
  const meta = await parquetMetadataAsync(file)
  const columns = meta.schema.slice(1)
  const got = Number(meta.num_rows) ? await parquetReadObjects({ file }) : []
  const want = readFileSync(`${dir}/ndjson/${name.replace('.parquet', '.ndjson')}`, 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l))
  if (got.length !== want.length) throw new Error(`${name}: ${got.length} rows, not ${want.length}`)
  for (const [i, row] of want.entries()) {
    if (Object.keys(row).join() !== columns.map((c) => c.name).join()) throw new Error(`${name}: columns ${columns.map((c) => c.name)}`)
    for (const c of columns) {
      const value = plain(got[i][c.name], c)
      if (value !== row[c.name]) throw new Error(`${name} row ${i} ${c.name}: ${value}, not ${row[c.name]}`)
      seen.cells++
    }
  }
  seen.tables++
  seen.rows += got.length
}
console.log(JSON.stringify(seen))
