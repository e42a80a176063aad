package esdbserver

import (
	"context"
	"net"
	"strconv"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// protocol is the version of the EventStoreDB that this is like. Clients read its parts as numbers, so it holds nothing else.
const protocol = "24.10.0"

// features tells clients what they can call.
type features struct {
	serverfeatures.UnimplementedServerFeaturesServer
	appends bool
}

// GetSupportedMethods lists methods by their names in lower case, as clients look for them.
func (f features) GetSupportedMethods(context.Context, *shared.Empty) (*serverfeatures.SupportedMethods, error) {
	const service = "event_store.client.streams.streams"
	methods := []*serverfeatures.SupportedMethod{{ServiceName: service, MethodName: "read", Features: []string{"position", "events"}}}
	if f.appends {
		methods = append(methods, &serverfeatures.SupportedMethod{ServiceName: service, MethodName: "append"}, &serverfeatures.SupportedMethod{ServiceName: service, MethodName: "batchappend"})
	}
	return &serverfeatures.SupportedMethods{EventStoreServerVersion: protocol, Methods: methods}, nil
}

// members is a cluster of this one server.
type members struct {
	gossip.UnimplementedGossipServer
}

// Read names the server by the address under which the client found it, so that a client that goes there meets the name in the certificate again. It says that it leads, as
// clients look for a leader first.
func (members) Read(ctx context.Context, _ *shared.Empty) (*gossip.ClusterInfo, error) {
	at := ""
	if md, ok := metadata.FromIncomingContext(ctx); ok && len(md.Get(":authority")) > 0 {
		at = md.Get(":authority")[0]
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		if p, ok := peer.FromContext(ctx); ok && p.LocalAddr != nil {
			host, port, err = net.SplitHostPort(p.LocalAddr.String())
		}
	}
	n, bad := strconv.ParseUint(port, 10, 16)
	if err != nil || bad != nil {
		return nil, status.Error(codes.Internal, "the address of this connection is not known")
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]" // clients put the port behind it as it is
	}
	return &gossip.ClusterInfo{Members: []*gossip.MemberInfo{{
		InstanceId: &shared.UUID{Value: &shared.UUID_String_{String_: instance}}, State: gossip.MemberInfo_Leader, IsAlive: true,
		HttpEndPoint: &gossip.EndPoint{Address: host, Port: uint32(n)},
	}}}, nil
}

// instance names the one member. It means nothing, but some clients want it.
const instance = "6461792d-626f-8f6b-8000-000000000001"
