package house_test

import "slices"

// module is the path of the project.
const module = "portico"

// leaves are packages that all packages above them may import.
var leaves = []string{"clause", "money", "calendar", "text"}

// layer lists what the packages at and below a path may import. The longest
// path that matches a package is its layer.
type layer struct {
	path string
	// project are paths within the project, each with all below it.
	project []string
	// outside are modules or packages of others, each with all below it; nil
	// allows any, empty allows only the standard library.
	outside []string
}

var (
	anyone  []string // any module
	stdOnly = []string{}
)

// layers are the layers of the house (docs/architecture.md).
var layers = []layer{
	{"clause", nil, stdOnly},
	{"money", nil, []string{"github.com/cockroachdb/apd/v3"}},
	{"calendar", nil, []string{"github.com/6tail/lunar-go"}},
	{"text", nil, []string{"golang.org/x/text"}},
	{"authz", []string{"clause"}, []string{"github.com/casbin"}},
	{"ent/shape", nil, stdOnly},
	{"ent/schema", []string{"money", "ent/schema"}, []string{"entgo.io", "github.com/oklog/ulid/v2"}},
	{"ent", []string{"authz", "clause", "money", "calendar", "ent"}, anyone},
	{"portaltest", []string{"server", "portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"portaltest/engine", nil, []string{"github.com/go-sql-driver/mysql"}},
	{"portal", []string{"portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"graph", []string{"graph", "portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"server/transport", []string{"graph/limits", "portal/kernel/cookie", "portal/kernel/live", "ent", "authz", "clause", "calendar"}, anyone},
	{"server/config", []string{"server/transport", "portal", "ent", "calendar"}, anyone},
	{"server/metrics", []string{"portal", "ent", "authz", "clause", "calendar"}, []string{"github.com/99designs/gqlgen", "github.com/prometheus", "github.com/vektah/gqlparser/v2"}},
	{"server/pages", []string{"server/transport", "graph", "portal", "ent", "authz", "clause", "money", "calendar"}, stdOnly},
	{"server/pages/graphiql", nil, stdOnly},
	{"server/webhook", []string{"server/transport", "portal", "ent", "clause"}, stdOnly},
	{"server/servertest", []string{"server", "portaltest", "portal", "authz"}, anyone},
	{"server/web", []string{"server/config", "server/metrics", "server/transport", "graph", "portal", "ent", "authz", "clause", "calendar"}, anyone},
	{"server", []string{"server", "graph", "portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"cmd/portico", []string{"cmd/portico", "server", "portal", "ent", "authz", "clause", "calendar"}, anyone},
	{"cmd/testdb", []string{"portaltest/engine"}, stdOnly},
	{"cmd/inline", nil, anyone},
	{"cmd/codes", []string{"server/transport", "graph/limits", "portal", "authz", "clause"}, stdOnly},
	{"cmd/schema", []string{"graph"}, stdOnly},
	{"cmd/mutants", []string{"portal/offer/catalog", "authz", "clause"}, stdOnly},
	{"proof", []string{"server", "graph", "portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"bench", []string{"bench", "portaltest", "server", "graph", "portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"examples", []string{"examples"}, anyone},
	{"house", nil, stdOnly},
}

// group is a folder of portal/ with its units. Groups and units are ordered: a
// unit may import the units above it that its row names, and all units of the
// kernel. Every unit may import the leaves, authz, ent and its own subpackages.
type group struct {
	name string
	// about states what its units have in common, for portal/README.md.
	about string
	units []unit
}

// unit is a unit of portal/ with the units that it imports.
type unit struct {
	name string
	uses []string
}

// kernel is the group whose units all units of the other groups may import. A
// unit of the kernel names the ones it imports.
const kernel = "kernel"

// groups is the table of units. The group sandbox is a single unit.
var groups = []group{
	{kernel, "Mechanisms that every unit may use.", []unit{
		{"address", nil}, {"cookie", nil}, {"filelink", nil}, {"job", nil}, {"lastuse", nil}, {"live", nil}, {"naming", nil}, {"param", nil}, {"sealing", nil}, {"sequence", nil}, {"standing", nil},
		{"outbox", []string{"job"}},
		{"command", []string{"job", "lastuse", "standing"}},
		{"approval", []string{"job", "command", "standing"}},
		{"export", []string{"job", "command", "filelink"}},
	}},
	{"correspondence", "What the two sides tell each other.", []unit{{"notice", nil}}},
	{"access", "Who may act.", []unit{
		{"identity", nil},
		{"factor", []string{"identity"}},
		{"personal", []string{"identity"}},
		{"apikey", []string{"identity"}},
		{"staff", []string{"identity", "apikey"}},
		{"permission", []string{"staff"}},
		{"audit", []string{"staff"}},
	}},
	{"customer", "The contract, and who holds it.", []unit{
		{"agreement", []string{"notice"}},
		{"account", []string{"notice", "identity", "staff", "agreement"}},
	}},
	{"offer", "What is sold, and at which price.", []unit{
		{"catalog", []string{"agreement"}},
		{"rating", nil},
	}},
	{"finance", "Money.", []unit{
		{"ledger", nil},
		{"usage", []string{"catalog", "rating"}},
		{"billing", []string{"notice", "catalog", "rating", "ledger", "usage"}},
		{"payment", []string{"notice", "ledger", "billing"}},
		{"invoice", []string{"account", "ledger"}},
	}},
	{"trade", "Buying and running.", []unit{
		{"service", []string{"catalog"}},
		{"order", []string{"staff", "catalog", "rating", "ledger", "service"}},
	}},
	{"compliance", "Keeping the rules.", []unit{{"sealed", nil}}},
	{"lifecycle", "Beginnings, ends and emergencies.", []unit{
		{"closing", []string{"notice", "account", "agreement", "ledger", "usage", "billing", "service"}},
	}},
	{"sandbox", "Trying the portal out.", []unit{
		{"sandbox", []string{"notice", "identity", "staff", "agreement", "account", "catalog", "usage", "payment", "invoice", "service", "order"}},
	}},
}

// unitsByName returns the units of the table, each with its group and its place
// in the order.
var unitsByName = func() map[string]placed {
	all, at := map[string]placed{}, 0
	for _, g := range groups {
		for _, u := range g.units {
			all[u.name] = placed{u, g.name, at}
			at++
		}
	}
	return all
}()

type placed struct {
	unit
	group string
	at    int
}

// path returns the unit's folder.
func (p placed) path() string {
	if p.group == p.name {
		return "portal/" + p.name
	}
	return "portal/" + p.group + "/" + p.name
}

// may reports whether the table lets the unit import another one.
func (p placed) may(other placed) bool {
	return other.at < p.at && (other.group == kernel && p.group != kernel || slices.Contains(p.uses, other.name))
}

// place is a file or folder that is exempt from a rule.
type place struct{ path, reason string }

// clocks may read the wall clock (time.Now, Since, Until).
var clocks = []place{
	{"calendar/clock.go", "it is the clock"},
	{"bench", "it measures"},
	{"examples", "its programs are users: they have no clock of the portal's, and wait for processes to get ready"},
}

// callers may call other processes without a timeout.
var callers = []place{
	{"cmd", "its programs are run by hand, and ended by hand"},
	{"portaltest/engine", "it starts the database of the tests"},
	{"server/servertest", "it calls the servers of tests, which end with them"},
	{"bench", "its programs are run by hand, and ended by hand"},
	{"examples", "its programs are users, run by hand"},
}

// signed may compute time differences below zero.
var signed = []place{
	{"portal/sandbox/clock.go", "how far the sandbox's clock is ahead may be below nought"},
	{"portal/sandbox/demonstration.go", "as in clock.go"},
	{"portal/finance/usage/level.go", "what it calls now is a quantity"},
	{"portal/kernel/job/status.go", "it measures how far two clocks lie apart, in both directions"},
	{"portal/kernel/job/lease.go", "it compares with the database's clock, and takes over what lies too far ahead"},
}

// patterns have Chinese in regular expressions, which aren't texts.
var patterns = []place{
	{"text/address.go", "it matches what looks like an address"},
}

// sqlPlaces may contain SQL and open databases.
var sqlPlaces = []place{
	{"ent", "it is the door to the data"},
	{"portaltest/engine", "it makes the databases of the tests, and knows no data of the portal"},
	{"portaltest/count.go", "it hands on what a driver is asked, to count it, and writes none"},
	{"bench", "the floor is hand-written SQL, to measure against"},
}

// writers may write entities that another unit owns.
var writers = []place{
	{"ent", "it is the door to the data, and owns none"},
	{"bench", "it fills the database that it measures on"},
}

// large are files and functions that may be longer than the limits.
var large = []place{}

// Limits of the length of a file and of a function, in lines.
const (
	maxFile     = 400
	maxTestFile = 800
	maxFunction = 60
)

// vague are names of packages that don't state a purpose.
var vague = []string{"util", "utils", "common", "helper", "helpers", "internal", "pkg", "misc", "shared", "lib"}
