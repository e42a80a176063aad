package kurrent

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"daybook.internal/ledger"
)

// own is a connection of our own to the leader, for the one call that the client does not make (BatchAppend). It is what the client's would be: the same certificates,
// credentials and pings, and in a cluster the node that leads. ctx bounds the looking for it.
func (l *link) own(ctx context.Context) (*grpc.ClientConn, error) {
	if len(l.conf.GossipSeeds) == 0 && !l.conf.DnsDiscover {
		return l.dial(l.conf.Address)
	}
	nodes := []string{l.conf.Address}
	if !l.conf.DnsDiscover {
		nodes = nodes[:0]
		for _, n := range l.conf.GossipSeeds {
			nodes = append(nodes, n.String())
		}
	}
	rand.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	var last error
	for _, n := range nodes {
		at, err := l.leader(ctx, n)
		if err == nil {
			return l.dial(at)
		}
		last = err
	}
	return nil, last
}

// leader asks a node who leads.
func (l *link) leader(ctx context.Context, node string) (string, error) {
	c, err := l.dial(node)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }() // never an error
	ctx, cancel := context.WithTimeout(ctx, time.Duration(l.conf.GossipTimeout)*time.Second)
	defer cancel()
	info, err := gossip.NewGossipClient(c).Read(ctx, &shared.Empty{})
	if err != nil {
		return "", err
	}
	for _, m := range info.GetMembers() {
		if m.GetState() == gossip.MemberInfo_Leader && m.GetIsAlive() {
			return fmt.Sprintf("%s:%d", m.GetHttpEndPoint().GetAddress(), m.GetHttpEndPoint().GetPort()), nil
		}
	}
	return "", errNoLeader
}

var errNoLeader = errors.New("no node of the cluster leads")

func (l *link) dial(address string) (*grpc.ClientConn, error) {
	o := []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(17 << 20)), // as the client's: the largest event there can be, and more
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: l.conf.KeepAliveInterval, Timeout: l.conf.KeepAliveTimeout, PermitWithoutStream: true}),
	}
	if l.conf.DisableTLS {
		return grpc.NewClient(address, append(o, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	}
	t := &tls.Config{RootCAs: l.conf.RootCAs, MinVersion: tls.VersionTLS12}
	if l.conf.UserCertFile != "" && l.conf.UserKeyFile != "" {
		pair, err := tls.LoadX509KeyPair(l.conf.UserCertFile, l.conf.UserKeyFile)
		if err != nil {
			return nil, fmt.Errorf("certificates: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	if l.conf.Username != "" {
		o = append(o, grpc.WithPerRPCCredentials(basic("Basic "+base64.StdEncoding.EncodeToString([]byte(l.conf.Username+":"+l.conf.Password)))))
	}
	return grpc.NewClient(address, append(o, grpc.WithTransportCredentials(credentials.NewTLS(t)))...)
}

// basic is an authorization header (RFC 7617), which is sent over TLS alone.
type basic string

func (b basic) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": string(b)}, nil
}

func (basic) RequireTransportSecurity() bool { return true }

// standsOn is try for a connection of our own: the server is the one whose log was counted.
func (t *tail) standsOn(ctx context.Context, c streams.StreamsClient) error {
	t.mu.Lock()
	n := t.places.n
	var position uint64
	var check uint32
	if n > 0 {
		position, check = t.places.at(n - 1)
	}
	t.mu.Unlock()
	if n == 0 {
		return nil
	}
	e, err := readAt(ctx, c, position)
	if err != nil {
		return err
	}
	if e != nil {
		if stream, ours := t.names.stream(e.StreamID); ours {
			if in, _ := t.entryOf(stream, e, nil); in.check == check {
				return nil
			}
		}
	}
	return &ledger.DamagedError{Where: fmt.Sprintf("record %d, at position %d of the server", n-1, position), Detail: "the server to append to does not have it"}
}

// readAt is the event at a position, nil if there is none.
func readAt(ctx context.Context, c streams.StreamsClient, position uint64) (*esdb.RecordedEvent, error) {
	ctx, cancel := context.WithCancel(ctx) // ends the call
	defer cancel()
	s, err := c.Read(leader(ctx), &streams.ReadReq{Options: &streams.ReadReq_Options{
		StreamOption: &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{AllOption: &streams.ReadReq_Options_AllOptions_Position{
			Position: &streams.ReadReq_Options_Position{CommitPosition: position, PreparePosition: position},
		}}},
		ReadDirection: streams.ReadReq_Options_Forwards,
		CountOption:   &streams.ReadReq_Options_Count{Count: 1},
		FilterOption:  &streams.ReadReq_Options_NoFilter{NoFilter: &shared.Empty{}},
		UuidOption:    &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_Structured{Structured: &shared.Empty{}}},
	}})
	if err != nil {
		return nil, err
	}
	for {
		m, err := s.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return nil, nil
		case err != nil && kindOf(err) == final: // it has no such position
			return nil, nil
		case err != nil:
			return nil, err
		}
		e := m.GetEvent().GetEvent()
		if e == nil {
			continue
		}
		if e.GetCommitPosition() != position {
			return nil, nil
		}
		r := &esdb.RecordedEvent{EventType: e.GetMetadata()["type"], Data: e.GetData(), UserMetadata: e.GetCustomMetadata(),
			StreamID: string(e.GetStreamIdentifier().GetStreamName()), EventNumber: e.GetStreamRevision(), Position: esdb.Position{Commit: position, Prepare: position}}
		id := cmp.Or(e.GetId().GetStructured(), &shared.UUID_Structured{})
		binary.BigEndian.PutUint64(r.EventID[:8], uint64(id.GetMostSignificantBits()))
		binary.BigEndian.PutUint64(r.EventID[8:], uint64(id.GetLeastSignificantBits()))
		return r, nil
	}
}
