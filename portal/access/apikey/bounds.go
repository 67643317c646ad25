package apikey

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/db/application"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
)

const day = 24 * time.Hour

// most is how many permissions, and how many applications, an input may name.
const most = 100

// bounds are what a new key may do.
type bounds struct {
	name     string
	may      authz.Set
	networks []string
	expires  time.Time
}

// bounded checks all that an input says about a new key.
func bounded(tx *command.Tx, in CreateApiKeyInput) (b bounds, err error) {
	var check clause.Check
	b.name, err = naming.Of("name", in.Name)
	check.Add(err)
	b.networks, err = networksOf(in.Networks)
	check.Add(err)
	b.expires, err = lasting(in.ExpiresAt, tx.Wall)
	check.Add(err)
	known := applications(tx, in, &check)
	b.may, err = permitted(in)
	check.Add(err)
	if known && err == nil {
		check.Add(held(tx, in, b.may))
	}
	return b, check.Err()
}

// lasting returns when a key ends: at the given time, or else as late as possible.
func lasting(given *time.Time, wall time.Time) (time.Time, error) {
	days := clause.Standard(clause.APIKeyLifetime).Int()
	last := wall.Add(time.Duration(days) * day)
	if given == nil {
		return last, nil
	}
	at := given.UTC().Truncate(time.Microsecond)
	if !at.After(wall) || at.After(last) {
		return at, clause.InvalidField("expiresAt", fmt.Sprintf("须晚于现在，且不超过 %d 天。", days), fmt.Sprintf("must be in the future and at most %d days ahead.", days))
	}
	return at, nil
}

// networksOf returns networks as a key keeps them: in CIDR notation, without the bits of
// hosts, each once. A single address is a network of its own, and an IPv4 network may be
// written as part of IPv6.
func networksOf(given []string) ([]string, error) {
	limit := clause.Standard(clause.APIKeyNetworks).Int()
	if given != nil && len(given) == 0 { // a list that a program filtered never widens a key
		return nil, empty("networks")
	}
	if len(given) > limit {
		return nil, clause.InvalidField("networks", fmt.Sprintf("最多 %d 个网络。", limit), fmt.Sprintf("must name at most %d networks.", limit))
	}
	var check clause.Check
	var all []string
	for i, text := range given {
		n, ok := network(strings.TrimSpace(text))
		if !ok {
			check.Add(clause.InvalidField(fmt.Sprintf("networks.%d", i), "须为 IP 地址或 CIDR 网段，如 203.0.113.0/24。", "must be an IP address or a network such as 203.0.113.0/24 or 2001:db8::/32."))
		} else if s := n.String(); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all, check.Err()
}

// empty refuses an empty list of what limits a key: a key without the limit leaves it out.
func empty(field string) error {
	return clause.InvalidField(field, "列表不能为空；不限定时请省略。", "must not be empty; leave it out for no limit.")
}

// mapped is how many bits come before an IPv4 address that is written as IPv6.
const mapped = 96

func network(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), a.Zone() == ""
	}
	n, err := netip.ParsePrefix(text)
	if err != nil {
		return n, false
	}
	if n.Addr().Is4In6() {
		if n.Bits() < mapped {
			return n, false
		}
		n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-mapped)
	}
	return n.Masked(), true
}

// permitted returns the permissions of an input, each of which a key can hold, for single
// applications if the key is limited to some. The refusals are INVALID_INPUT and
// API_KEY_FORBIDDEN, at permissions.
func permitted(in CreateApiKeyInput) (set authz.Set, err error) {
	if len(in.Permissions) == 0 || len(in.Permissions) > most {
		return set, clause.InvalidField("permissions", fmt.Sprintf("须为 1 至 %d 项权限。", most), fmt.Sprintf("must name 1 to %d permissions.", most))
	}
	var check clause.Check
	for i, p := range in.Permissions {
		field := fmt.Sprintf("permissions.%d", i)
		ref, never := authz.Law().KeyNever(p)
		switch {
		case never:
			check.Add(authz.APIKeyForbidden.At(field).By(ref).With("permission", p.Enum()))
		case len(in.ApplicationIDs) > 0 && !p.OfApplications():
			check.Add(clause.InvalidField(field, "该权限不能限定于单个应用。", "can't be limited to single applications."))
		}
		set = set.Add(p)
	}
	return set, check.Err()
}

// applications checks the applications of an input, and reports whether there are all of
// them. The refusals are INVALID_INPUT and NOT_FOUND, at the application.
func applications(tx *command.Tx, in CreateApiKeyInput, check *clause.Check) bool {
	if len(in.ApplicationIDs) > most {
		check.Add(clause.InvalidField("applicationIds", fmt.Sprintf("最多 %d 个应用。", most), fmt.Sprintf("must name at most %d applications.", most)))
		return false
	}
	if len(in.ApplicationIDs) == 0 {
		if in.ApplicationIDs != nil {
			check.Add(empty("applicationIds"))
		}
		return in.ApplicationIDs == nil
	}
	found, err := tx.Application.Query().Where(application.AccountID(in.AccountID), application.IDIn(in.ApplicationIDs...),
		application.StatusEQ(application.StatusACTIVE)).IDs(tx)
	if err != nil {
		check.Add(err)
		return false
	}
	all := true
	for i, id := range in.ApplicationIDs {
		field := fmt.Sprintf("applicationIds.%d", i)
		switch {
		case !slices.Contains(found, id):
			check.Add(clause.NotFound.At(field))
			all = false
		case slices.Index(in.ApplicationIDs, id) < i:
			check.Add(clause.InvalidField(field, "重复", "appears twice"))
		}
	}
	return all
}

// held holds that the creator has all permissions of a key in its scope, by grants that a
// program can use (1.5). The refusal is API_KEY_EXCEEDS_OWNER.
func held(tx *command.Tx, in CreateApiKeyInput, may authz.Set) error {
	objects := []authz.Object{authz.On(in.AccountID)}
	if len(in.ApplicationIDs) > 0 {
		objects = nil
		for _, id := range in.ApplicationIDs {
			objects = append(objects, authz.Object{AccountID: in.AccountID, ApplicationID: id})
		}
	}
	var missing []string
	for _, p := range may.List() {
		usable := func(o authz.Object) bool {
			return slices.ContainsFunc(tx.Principal().Giving(p, o, tx.Now), func(g authz.Grant) bool { return g.StepUp == 0 })
		}
		if slices.ContainsFunc(objects, func(o authz.Object) bool { return !usable(o) }) {
			missing = append(missing, p.Enum())
		}
	}
	if len(missing) > 0 {
		return ExceedsOwner.At("permissions").With("missing", strings.Join(missing, ", "))
	}
	return nil
}
