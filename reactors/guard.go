package reactors

import (
	"context"
	"net/netip"
	"slices"
	"syscall"
)

// guard says which addresses may be called. It is asked when a connection is made, about the very address that is connected to: a name that leads somewhere else the next time
// it is looked up, or a redirect, leads nowhere else.
type guard struct {
	allow []netip.Prefix // networks that may be called although they are not public
	plain bool           // nothing else may: http without TLS stays within them
}

// addressError says that an address may not be called.
type addressError struct{ address string }

func (e addressError) Error() string {
	return e.address + " is no address that may be called: it is not public, or without TLS, and no network in \"allow\" has it"
}

// control is that of net.Dialer.
func (g guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return addressError{address}
	}
	return g.check(a.Addr())
}

func (g guard) check(a netip.Addr) error {
	a = a.Unmap()
	if slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(a) }) { // never of an address with a zone
		return nil
	}
	if g.plain || !isPublic(a) {
		return addressError{a.String()}
	}
	return nil
}

// isPublic tells whether everybody's packets to an address go to the same place, and that place is nobody's own network: the registries of special addresses (RFC 6890 and the
// IANA's lists), and what clouds answer at inside a machine.
func isPublic(a netip.Addr) bool {
	if nat64.Contains(a) { // the last four bytes are where it leads
		b := a.As16()
		return isPublic(netip.AddrFrom4([4]byte(b[12:])))
	}
	if a.Is6() && !global6.Contains(a) || a.Zone() != "" || !a.IsValid() {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	global6 = netip.MustParsePrefix("2000::/3") // all other IPv6 is special or not given out: loopback, fc00::/7, fe80::/10, ff00::/8, 4-in-6 …
	special = prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"168.63.129.16/32", // a cloud's own services, at an address that looks like any other
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	)
)

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		all[i] = netip.MustParsePrefix(t)
	}
	return all
}
