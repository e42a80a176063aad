package transfer

// PartSize and PartBytes are for tests that look at the ends of parts.
const (
	PartSize  = partSize
	PartBytes = partBytes
)
