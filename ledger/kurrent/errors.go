package kurrent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

var (
	// ErrUnreachable says that no server answered for as long as Config.Patience. It is ledger.ErrUnavailable.
	ErrUnreachable = fmt.Errorf("%w: its server is not reachable", ledger.ErrUnavailable)

	// ErrRefused says that the server is there and does not let us in: credentials, rights, or a certificate. Trying again does not help before somebody has seen to it. It is
	// ledger.ErrUnavailable.
	ErrRefused = fmt.Errorf("%w: its server refuses us", ledger.ErrUnavailable)
)

// An UnknownError is ledger.ErrUnknownOutcome: an append was sent, and nobody knows what became of it. It is
// no error of a context, even where the end of one was the reason, because the error of a context says that nothing was written.
type UnknownError struct {
	Stream domain.StreamID
	Err    error // what kept the answer from us
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("append to %.80s: the outcome is unknown, try the same append again: %v", e.Stream, e.Err)
}

// Is makes errors.Is(err, ledger.ErrUnknownOutcome) true.
func (e *UnknownError) Is(target error) bool { return target == ledger.ErrUnknownOutcome }

// As lets callers find the server's error inside, and no error of a context.
func (e *UnknownError) As(target any) bool {
	t, ok := target.(**esdb.Error)
	return ok && errors.As(e.Err, t)
}

// A TruncatedError says that the server forgets events of a stream, or has forgotten it as a whole. A ledger forgets nothing, so it stops until that is undone.
type TruncatedError struct {
	Stream domain.StreamID
	Why    string
}

func (e *TruncatedError) Error() string {
	return fmt.Sprintf("%v: stream %.80s: %s", ledger.ErrDamaged, e.Stream, e.Why)
}

// Is makes errors.Is(err, ledger.ErrDamaged) true.
func (e *TruncatedError) Is(target error) bool { return target == ledger.ErrDamaged }

// A kind is what an error of the client means to us.
type kind int

const (
	lost     kind = iota // no answer: the connection, the server or its time is over; the call may be made again
	final                // an answer, and it will be the same the next time
	refused              // an answer that will be the same for every call
	conflict             // the stream is not at the expected revision
	missing              // there is no such stream
	deleted              // there was one
)

// kindOf is the one place that reads the client's errors. They come wrapped or not, so errors.As finds them and not esdb.FromError.
func kindOf(err error) kind {
	if errors.Is(err, errPanicked) || errors.Is(err, errEndedEarly) {
		return final
	}
	code, answered := statusOf(err)
	var e *esdb.Error
	if errors.As(err, &e) {
		switch e.Code() {
		case esdb.ErrorCodeWrongExpectedVersion:
			return conflict
		case esdb.ErrorCodeStreamDeleted:
			return deleted
		case esdb.ErrorCodeResourceNotFound:
			if !answered { // with a status it is not about a stream: so speaks a node that knows no leader
				return missing
			}
			return lost
		case esdb.ErrorCodeUnauthenticated, esdb.ErrorCodeAccessDenied:
			return refused
		case esdb.ErrorCodeUnsupportedFeature, esdb.ErrorCodeParsing, esdb.ErrorCodeInternalClient, esdb.ErrorCodeResourceAlreadyExists:
			return final
		}
	}
	switch code {
	case codes.Unauthenticated, codes.PermissionDenied:
		return refused
	case codes.Unavailable:
		for _, says := range []string{"x509: ", "first record does not look like a TLS handshake", "remote error: tls: "} {
			if strings.Contains(err.Error(), says) {
				return refused // gRPC has no code for a handshake that comes to nothing
			}
		}
	case codes.InvalidArgument, codes.FailedPrecondition, codes.OutOfRange, codes.Unimplemented, codes.ResourceExhausted, codes.DataLoss, codes.AlreadyExists:
		return final
	}
	return lost
}

// statusOf is the code of the gRPC status inside err, if there is one.
func statusOf(err error) (codes.Code, bool) {
	var s interface{ GRPCStatus() *status.Status }
	if errors.As(err, &s) {
		return s.GRPCStatus().Code(), true
	}
	return codes.Unknown, false
}

var errEndedEarly = errors.New("the server ends this append before it has read it, and the client does not hear why: " +
	"larger than the server takes (MaxAppendSize), or no right to write the stream")

// endedEarly tells an append that the server ended before it had read all of it: the client only says EOF then and swallows the reason.
func endedEarly(err error) bool { return errors.Is(err, io.EOF) }

// ended is the error of a call whose context is over; why is what went wrong last, nil if nothing had.
func ended(ctx context.Context, why error) error {
	if why == nil || errors.Is(why, context.Cause(ctx)) {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%w (%v)", context.Cause(ctx), why)
}
