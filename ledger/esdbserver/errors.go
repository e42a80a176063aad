package esdbserver

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// refuse ends a call with a status and the trailers by which clients know the error: "exception" and what belongs to it, in pairs.
func refuse(ctx context.Context, code codes.Code, message string, trailers ...string) error {
	_ = grpc.SetTrailer(ctx, metadata.Pairs(trailers...))
	return status.Error(code, message)
}

// denied refuses what a ledger does not do.
func denied(ctx context.Context, why string) error {
	return refuse(ctx, codes.PermissionDenied, "Access Denied: "+why, "exception", "access-denied")
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

// ended is the status for an error that ended a read or an append: whose fault it was decides what the client hears, and what the log does.
func (s *Server) ended(ctx context.Context, err error) error {
	_, told := status.FromError(err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ledger.ErrDamaged):
		s.log.ErrorContext(ctx, "the ledger is damaged", "error", err)
		return status.Error(codes.DataLoss, "the ledger is damaged; the server's log says where")
	case s.stopping.Err() != nil, errors.Is(err, ledger.ErrClosed):
		return status.Error(codes.Unavailable, "the server is being shut down")
	case errors.Is(err, ledger.ErrUnavailable):
		s.log.WarnContext(ctx, "the ledger could not be asked for a client", "error", err)
		return status.Error(codes.Unavailable, "the ledger is not available for now; try again")
	case ctx.Err() != nil:
		return status.FromContextError(ctx.Err()).Err()
	case errors.Is(err, ledger.ErrCursor):
		return status.Error(codes.OutOfRange, "the position is not in this ledger: it was read from another one, or this one was put back to an earlier day")
	case told:
		return err
	}
	s.log.ErrorContext(ctx, "a call failed", "error", err)
	return status.Error(codes.Unknown, "the ledger cannot be read or written; the server's log says why")
}

// lacks says that a read skipped something, which must not look like an end.
func lacks(stream string, at uint64) error {
	return &ledger.DamagedError{Where: stream, Detail: fmt.Sprintf("record %d was not found where it stood before", at)}
}

func where(stream domain.StreamID) string { return fmt.Sprintf("stream %s", stream) }
