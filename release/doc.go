// Package release writes the numbers of an edition as they are published: tables in CSV, NDJSON and Parquet, what they mean in the words of W3C tabular metadata,
// Data Package, DCAT, DDI-Codebook and CITATION.cff, and what it takes to make all of it again.
//
// The same records and options give the same bytes, on every machine: nothing here looks at a clock, and moments are those of the record.
package release
