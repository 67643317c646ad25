package house_test

// module is the path of the project.
const module = "portico"

// leaves may be used by everything above them.
var leaves = []string{"clause", "money", "calendar", "text"}

// layer says what the packages at and below a path may import. The longest
// path that matches a package is its layer.
type layer struct {
	path string
	// project are the paths within the project, each with all below it.
	project []string
	// outside are the modules or packages of others, each with all below it; nil
	// is any, empty is none but the standard library.
	outside []string
}

var (
	anyone  []string // any module
	stdOnly = []string{}
)

// layers is the house (architecture.md). The units of portal/ are in units.
var layers = []layer{
	{"clause", nil, stdOnly},
	{"money", nil, []string{"github.com/cockroachdb/apd/v3"}},
	{"calendar", nil, []string{"github.com/6tail/lunar-go"}},
	{"text", nil, []string{"golang.org/x/text"}},
	{"authz", []string{"clause"}, []string{"github.com/casbin"}},
	{"ent/shape", nil, stdOnly},
	{"ent/schema", []string{"money", "ent/schema"}, []string{"entgo.io", "github.com/oklog/ulid/v2"}},
	{"ent", []string{"authz", "clause", "money", "calendar", "ent"}, anyone},
	{"portal/portaltest", []string{"server", "portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"portal/portaltest/engine", nil, []string{"github.com/go-sql-driver/mysql"}},
	{"portal", []string{"portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"graph", []string{"graph", "portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"server", []string{"server", "graph", "portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"cmd/portico", []string{"cmd/portico", "server", "portal", "ent", "authz", "clause", "calendar"}, anyone},
	{"cmd/testdb", []string{"portal/portaltest/engine"}, stdOnly},
	{"cmd/plain", nil, stdOnly},
	{"cmd/codes", []string{"server/transport", "graph/limits", "portal", "authz", "clause"}, stdOnly},
	{"cmd/schema", []string{"graph"}, stdOnly},
	{"cmd/mutants", []string{"portal/catalog", "authz", "clause"}, stdOnly},
	{"cmd/plain", nil, stdOnly},
	{"proof", []string{"server", "graph", "portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"bench", []string{"bench", "server", "graph", "portal", "ent", "authz", "clause", "money", "calendar", "text"}, anyone},
	{"examples", []string{"examples"}, anyone},
	{"house", nil, stdOnly},
}

// unit is a unit of portal/: its rank, and the other units that it may import,
// all of a lower rank. Every unit may use the leaves, authz, ent, and its own
// subpackages; and what base and common name.
type unit struct {
	rank float64
	uses []string
}

var (
	// base may be used by every unit.
	base = []string{"outbox", "job", "naming"}
	// common may be used by every unit from rank 1 on.
	common = []string{"act", "param", "sequence"}
)

// actRank is between the ranks 0 and 1: act is above its neighbours.
const actRank = 0.5

// units is the rank table (architecture.md).
var units = map[string]unit{
	"naming": {0, nil}, "outbox": {0, nil}, "job": {0, nil}, "rating": {0, nil}, "param": {0, nil}, "standing": {0, nil}, "sequence": {0, nil}, "link": {0, nil},
	"act":      {actRank, []string{"standing", "outbox"}},
	"identity": {1, []string{"standing"}}, "catalog": {1, nil}, "ledger": {1, nil}, "audit": {1, nil}, "sealing": {1, nil},
	"notice":     {1.5, []string{"identity"}},                    // it mails to owners
	"agreement":  {2, []string{"notice", "standing", "catalog"}}, // a signed agreement sets prices of the catalogue
	"staff":      {2, []string{"identity", "notice"}},
	"compliance": {2, []string{"standing", "notice"}},
	"account":    {3, []string{"identity", "staff", "agreement", "standing", "compliance", "notice", "link"}},
	"service":    {3, []string{"catalog", "standing", "compliance"}},
	"usage":      {3, []string{"catalog", "compliance", "notice"}},
	"billing":    {4, []string{"rating", "usage", "catalog", "ledger", "standing", "notice"}},
	"order":      {5, []string{"rating", "catalog", "ledger", "service", "compliance", "standing", "notice"}},
	"payment":    {5, []string{"identity", "catalog", "ledger", "billing", "notice"}},
	"invoice":    {5, []string{"ledger", "notice", "identity", "account", "link"}}, // account checks and keeps the numbers of legal entities
	"handover":   {6, []string{"staff", "account", "order", "compliance", "notice"}},
	"closing":    {6, []string{"agreement", "account", "service", "usage", "order", "billing", "payment", "invoice", "ledger", "standing", "notice"}},
	"sandbox":    {7, []string{"agreement", "identity", "account", "staff", "catalog", "service", "usage", "order", "payment", "invoice", "notice"}},
}

// notUnits are the packages below portal/ that are no units.
var notUnits = []string{"portaltest"}

// place is a file, or a folder with all below it, that is excused from a rule.
type place struct{ path, reason string }

// clocks are where the wall clock may be read (time.Now, Since, Until).
var clocks = []place{
	{"calendar/clock.go", "it is the clock"},
	{"bench", "it measures"},
	{"examples", "its programs are users: they have no clock of the portal's, and wait for processes to get ready"},
}

// callers may call the outside without an end.
var callers = []place{
	{"cmd", "its programs are run by hand, and ended by hand"},
	{"portal/portaltest/engine", "it starts the database of the tests"},
	{"bench", "its programs are run by hand, and ended by hand"},
	{"examples", "its programs are users, run by hand"},
}

// signed are where the difference of two times may be below nought.
var signed = []place{
	{"portal/sandbox/clock.go", "how far the sandbox's clock is ahead may be below nought"},
	{"portal/sandbox/demonstration.go", "as in clock.go"},
	{"portal/usage/level.go", "what it calls now is a quantity"},
	{"portal/job/status.go", "it measures how far two clocks lie apart, in both directions"},
	{"portal/job/lease.go", "it compares with the database's clock, and takes over what lies too far ahead"},
}

// patterns are files with Chinese in regular expressions, which nobody reads as
// text.
var patterns = []place{
	{"text/address.go", "it matches what looks like an address"},
}

// sqlPlaces are where SQL may be written and databases opened.
var sqlPlaces = []place{
	{"ent", "it is the door to the data"},
	{"portal/portaltest/engine", "it makes the databases of the tests, and knows no data of the portal"},
	{"portal/portaltest/count.go", "it hands on what a driver is asked, to count it, and writes none"},
	{"bench", "the floor is hand-written SQL, to measure against"},
}

// writers are where entities may be written outside their owner.
var writers = []place{
	{"ent", "it is the door to the data, and owns none"},
	{"bench", "it fills the database that it measures on"},
}

// large are files and functions that may exceed the bounds.
var large = []place{}

// Bounds of a file's and a function's length in lines.
const (
	maxFile     = 400
	maxTestFile = 800
	maxFunction = 60
)

// vague are names that say nothing of what a package is for.
var vague = []string{"util", "utils", "common", "helper", "helpers", "internal", "pkg", "misc", "shared", "lib"}
