package commands

import (
	"context"
	"fmt"

	"daybook.internal/domain"
)

// A VersionError says that a stream is not at the version that a command expects.
type VersionError struct {
	Stream       domain.StreamID
	Expected, At uint64
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("stream %s is at version %d, and version %d is expected; look at what has changed", e.Stream, e.At, e.Expected)
}

// Expecting makes a command run only while its stream is at a version, which is how many events it has; otherwise it ends with a *VersionError and does nothing. A command that was done
// before is answered as it was then. Where a command writes to several streams, it is the first one. The context is for one command.
func Expecting(ctx context.Context, version uint64) context.Context {
	return context.WithValue(ctx, expectationKey{}, &expectation{version: version})
}

type expectationKey struct{}

// expectation is about the first stream that asks. A command runs in one goroutine.
type expectation struct {
	version uint64
	stream  domain.StreamID
	bound   bool
}

// checkExpected holds a stream against what ctx expects of it.
func checkExpected(ctx context.Context, stream domain.StreamID, version uint64) error {
	e, _ := ctx.Value(expectationKey{}).(*expectation)
	if e == nil {
		return nil
	}
	if !e.bound {
		e.stream, e.bound = stream, true
	}
	if e.stream != stream || e.version == version {
		return nil
	}
	return &VersionError{stream, e.version, version}
}
