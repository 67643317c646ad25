package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// address is the network address that a request comes from: the peer's, or, where
// the peer is a trusted proxy, the last one in X-Forwarded-For that isn't a trusted
// proxy's. An entry that is no address ends the search.
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

// hop reads an address as peers and proxies write it, with or without a port
// and brackets: 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1],
// [2001:db8::1]:4711. An address has one notation, and a zone is no part of it.
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
