package verify

// Immediately has views folded as they are read, so that no commitment is known before its place.
func Immediately(o Options) Options {
	o.lag = -1
	return o
}
