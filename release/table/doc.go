// Package table makes rows of tables out of documents, by a rule that follows from their Go types, and writes them as CSV, NDJSON and Parquet: the same bytes from the same rows,
// on every machine. Releases and the HTTP API share it, so that a column is called the same and holds the same in both.
package table
