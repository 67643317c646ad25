package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// address returns the network address of a request's sender: the peer's address, or, if
// the peer is a trusted proxy, the last address in X-Forwarded-For that isn't a trusted
// proxy's. A malformed entry ends the search.
func address(r *http.Request, proxies []netip.Prefix) string {
	at, ok := hop(r.RemoteAddr)
	if !ok {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && trusted(at, proxies); i-- {
		before, ok := hop(hops[i])
		if !ok {
			break
		}
		at = before
	}
	return at.String()
}

// hop parses an address as peers and proxies write it, with or without a port and
// brackets: 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711.
// The result has one notation for each address, and no zone.
func hop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	a, err := netip.ParseAddr(s)
	if err != nil {
		if inner, bracketed := strings.CutPrefix(s, "["); bracketed && strings.HasSuffix(inner, "]") {
			a, err = netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		} else {
			var with netip.AddrPort
			with, err = netip.ParseAddrPort(s)
			a = with.Addr()
		}
	}
	return a.Unmap().WithZone(""), err == nil
}

func trusted(a netip.Addr, proxies []netip.Prefix) bool {
	for _, p := range proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
