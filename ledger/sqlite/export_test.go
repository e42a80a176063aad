package sqlite

// FullAfter makes the disk full when the file has that many pages.
func FullAfter(o Options, pages int) Options {
	o.maxPages = pages
	return o
}

// CheckpointBytes is how long the -wal file grows before a checkpoint.
const CheckpointBytes = checkpointBytes
