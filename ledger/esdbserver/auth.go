package esdbserver

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Users are those who may read: names, and the SHA-256 of their passwords. Passwords are made by a machine and long, so that nobody guesses one from its digest.
type Users map[string][sha256.Size]byte

// ParseUsers reads lines of a name, a blank and the SHA-256 of the password in hex. Empty lines and those that begin with # are skipped.
func ParseUsers(r io.Reader) (Users, error) {
	users := make(Users)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, digest, _ := strings.Cut(line, " ")
		var sum [sha256.Size]byte
		b, err := hex.DecodeString(strings.TrimSpace(digest))
		switch {
		case err != nil || len(b) != len(sum):
			return nil, fmt.Errorf("line %d: after the name stands the SHA-256 of the password, 64 hex digits", n)
		case strings.Contains(name, ":"):
			return nil, fmt.Errorf("line %d: a name holds no colon (RFC 7617 2)", n)
		}
		if _, twice := users[name]; twice {
			return nil, fmt.Errorf("line %d: %s stands there twice", n, name)
		}
		copy(sum[:], b)
		users[name] = sum
	}
	return users, lines.Err()
}

// NewUser is the line for somebody with that password. An error says what is wrong with the name.
func NewUser(name, password string) (string, error) {
	line := fmt.Sprintf("%s %x", name, sha256.Sum256([]byte(password)))
	users, err := ParseUsers(strings.NewReader(line))
	if _, same := users[name]; err != nil || !same || len(users) != 1 {
		return "", fmt.Errorf("%q is no name of a user: it has no blank and no colon, and does not begin with #", name)
	}
	return line, nil
}

// admit says whether header, the value of an authorization header, names one of the users (RFC 7617). It takes as long for a wrong name as for a wrong password.
func (u Users) admit(header string) bool {
	scheme, rest, _ := strings.Cut(header, " ")
	b, err := base64.StdEncoding.DecodeString(rest)
	name, password, ok := strings.Cut(string(b), ":")
	if err != nil || !ok || !strings.EqualFold(scheme, "Basic") {
		return false
	}
	want, known := u[name]
	got := sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && known
}

// public are the calls that clients make before they send credentials. They tell nothing of the ledger.
var public = map[string]bool{
	"/event_store.client.server_features.ServerFeatures/GetSupportedMethods": true,
	"/event_store.client.gossip.Gossip/Read":                                 true,
}

// admitted is the error for a call that may not be made.
func (s *Server) admitted(ctx context.Context, method string) error {
	if len(s.o.Users) == 0 || public[method] {
		return nil
	}
	md, _ := metadata.FromIncomingContext(ctx)
	if given := md.Get("authorization"); len(given) != 1 || !s.o.Users.admit(given[0]) {
		return status.Error(codes.Unauthenticated, "Unauthenticated")
	}
	return nil
}

func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (_ any, err error) {
	defer s.caught(info.FullMethod, &err)
	if err := s.admitted(ctx, info.FullMethod); err != nil {
		return nil, err
	}
	return handle(ctx, req)
}

func (s *Server) stream(srv any, g grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	defer s.caught(info.FullMethod, &err)
	err = s.admitted(g.Context(), info.FullMethod)
	appends := info.FullMethod == streams.Streams_Append_FullMethodName || info.FullMethod == streams.Streams_BatchAppend_FullMethodName
	if err == nil && appends && s.o.Append == nil {
		err = denied(g.Context(), "this ledger is for reading")
	}
	if err != nil {
		if info.IsClientStream && !info.IsServerStream { // who is answered while it sends hears why
			drain(g)
		}
		return err
	}
	return handle(srv, g)
}

// How much of what a client is sending is taken before it is refused.
const (
	drainBytes = 32 << 20
	drainTime  = 5 * time.Second
)

// drain takes what a client is sending. A client that cannot send any more says just that, and not why it was refused.
func drain(g grpc.ServerStream) {
	taken := make(chan struct{})
	go func() { // which ends with the call at the latest
		defer close(taken)
		for n := 0; n < drainBytes; {
			m := &streams.AppendReq{}
			if g.RecvMsg(m) != nil {
				return
			}
			n += proto.Size(m) + 1
		}
	}()
	enough := time.NewTimer(drainTime)
	defer enough.Stop()
	select {
	case <-taken:
	case <-enough.C:
	}
}

// caught makes a panic the end of one call and not of the process, as package net/http does.
func (s *Server) caught(method string, err *error) {
	if r := recover(); r != nil {
		s.log.Error("a call panicked", "method", method, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		*err = status.Error(codes.Internal, "the server's log says what went wrong")
	}
}
