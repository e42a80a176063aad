package esdbserver

// LeastPing is the pause between pings of a client at which it is not taken for an attacker.
const LeastPing = leastPing

// For golden files.
var (
	CaughtUpAll    = caughtUpAll
	CaughtUpStream = caughtUpStream
	EventOf        = eventOf
)
