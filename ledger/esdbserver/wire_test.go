package esdbserver_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"daybook.internal/domain"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestForms holds messages to golden files. In "caught-up" the fields are those of the later protocol, which the official clients for it read:
// 1 the time, 2 the last revision of a stream, 3 the position in $all.
func TestForms(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_700_000_000_123).UTC()
	at := domain.TimeOf(time.UnixMilli(1_700_000_001_678))
	meta, err := domain.EncodeMeta(domain.Meta{Source: "edition-1", Time: at, Actor: domain.Actor{Role: domain.Coordinator, Principal: "c"}, Command: "one"})
	require.NoError(t, err)
	event := domain.Record{Seq: 299, Stream: "test-a/%C3%A4", Revision: 7, ID: domain.EventID{0: 0xff, 6: 0x80, 8: 0x80, 15: 1}, Type: "tested.v1", Meta: meta, Data: []byte(`{"n":1}`)}
	for name, message := range map[string]*streams.ReadResp{
		"caught-up-all":          esdbserver.CaughtUpAll(now, 300),
		"caught-up-all-empty":    esdbserver.CaughtUpAll(now, 0),
		"caught-up-stream":       esdbserver.CaughtUpStream(now, 8),
		"caught-up-stream-empty": esdbserver.CaughtUpStream(now, 0),
		"event":                  esdbserver.EventOf(event, false),
		"event-id-as-text":       esdbserver.EventOf(event, true),
		"event-without-a-time":   esdbserver.EventOf(domain.Record{ID: domain.EventID{1}, Type: "raw", Stream: "test-b", Data: []byte{1, 2}}, false),
	} {
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
		require.NoError(t, err)
		have, file := hex.Dump(b), filepath.Join("testdata", name+".hex")
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(file, []byte(have), 0o600))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), have, name)
	}
}

// Clients ping while they wait for nothing at all (every 10 s, for good). By itself grpc takes three of those for an attack and ends the connection, and a
// subscription with it. The frames are written here by hand (RFC 9113 3.4, 6.5, 6.7), so that it need not take half a minute.
func TestPingsAreWelcome(t *testing.T) {
	t.Parallel()
	c, err := net.Dial("tcp", start(t, ledgertest.NewMemory(), esdbserver.Options{}))
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(30*time.Second)))
	const settings, ping, goAway = 4, 6, 7
	frame := func(kind, flags byte, payload []byte) []byte {
		b := []byte{0, 0, byte(len(payload)), kind, flags, 0, 0, 0, 0}
		return append(b, payload...)
	}
	_, err = c.Write(append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(settings, 0, nil)...))
	require.NoError(t, err)
	for i := range 6 {
		if i > 0 {
			time.Sleep(esdbserver.LeastPing + 20*time.Millisecond)
		}
		said := bytes.Repeat([]byte{byte(i)}, 8)
		_, err = c.Write(frame(ping, 0, said))
		require.NoError(t, err)
		for {
			var head [9]byte
			_, err = io.ReadFull(c, head[:])
			require.NoError(t, err)
			payload := make([]byte, binary.BigEndian.Uint32(append([]byte{0}, head[:3]...)))
			_, err = io.ReadFull(c, payload)
			require.NoError(t, err)
			require.NotEqual(t, byte(goAway), head[3], "ping %d: %s", i, payload)
			if head[3] == ping && head[4] == 1 {
				require.Equal(t, said, payload)
				break
			}
		}
	}
}
