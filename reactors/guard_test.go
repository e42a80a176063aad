package reactors

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	private := []string{
		"127.0.0.1:80", "127.8.9.10:80", "[::1]:80", "0.0.0.0:80", "[::]:80", "10.0.0.1:443", "172.16.0.1:443", "172.31.255.255:443", "192.168.1.1:443", "100.64.0.1:443",
		"169.254.169.254:80", "[fd00:ec2::254]:80", "100.100.100.200:80", "168.63.129.16:80", "192.0.0.192:80", // where clouds tell a machine its secrets
		"169.254.1.1:443", "[fe80::1]:443", "[fe80::1%lo]:443", "[fc00::1]:443", "[fd12::1]:443", "[fec0::1]:443", "224.0.0.1:443", "[ff02::1]:443", "255.255.255.255:443", "240.0.0.1:443",
		"[::ffff:127.0.0.1]:80", "[::ffff:10.0.0.1]:80", "[::127.0.0.1]:80", "[64:ff9b::7f00:1]:80", "[64:ff9b::a9fe:a9fe]:80", "[64:ff9b:1::7f00:1]:80", "[2002:7f00:1::]:80",
		"[2001:0:7f00:1::1]:80", "[2001:db8::1]:80", "[3fff::1]:80", "[100::1]:80", "192.0.2.1:80", "198.18.0.1:80", "198.51.100.1:80", "203.0.113.1:80", "[5f00::1]:80",
	}
	public := []string{"1.1.1.1:443", "8.8.8.8:443", "172.32.0.1:443", "100.128.0.1:443", "169.253.0.1:443", "[2606:4700::1111]:443", "[2a00:1450::1]:443", "[64:ff9b::808:808]:443", "[::ffff:8.8.8.8]:443"}
	check := func(g guard, address string) error { return g.control(t.Context(), "tcp", address, nil) }
	for _, a := range private {
		require.ErrorAs(t, check(guard{}, a), new(addressError), a)
	}
	for _, a := range public {
		require.NoError(t, check(guard{}, a), a)
		require.Error(t, check(guard{plain: true}, a), "%s without TLS", a)
	}
	for _, a := range []string{"", "localhost:80", "1.1.1.1", "@:80"} {
		require.Error(t, check(guard{}, a), a)
	}
	g := guard{allow: []netip.Prefix{netip.MustParsePrefix("10.2.0.0/16"), netip.MustParsePrefix("fd00:2::/32")}, plain: true}
	for _, a := range []string{"10.2.3.4:80", "[::ffff:10.2.3.4]:80", "[fd00:2::1]:80"} {
		require.NoError(t, check(g, a), a)
	}
	for _, a := range []string{"10.3.0.1:80", "127.0.0.1:80", "[fd00:3::1]:80", "1.1.1.1:80"} {
		require.Error(t, check(g, a), a)
	}
}
