package house_test

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/vektah/gqlparser/v2"
	gql "github.com/vektah/gqlparser/v2/ast"
)

var (
	// question matches a first word that makes a description answer a question
	// instead of stating what a thing is.
	question = regexp.MustCompile(`^(Of|For|Who|Whose|When|Which|Where|What|How|Why)\b`)
	begins   = regexp.MustCompile("^[A-Z0-9`(<]")
)

// leastWords is the least number of words of a description.
const leastWords = 4

// unclear returns what is wrong with a description of the schema; nothing if it
// is good. The descriptions of the enum of codes are messages and aren't
// checked.
func unclear(description string) (wrong []string) {
	if len(strings.Fields(description)) < leastWords {
		wrong = append(wrong, "has under four words")
	}
	if question.MatchString(description) {
		wrong = append(wrong, "begins with Of, For, or a question word")
	}
	if !begins.MatchString(description) || !strings.HasSuffix(description, ".") {
		wrong = append(wrong, "is no sentence with a capital and a full stop")
	}
	return wrong
}

// messages is the enum whose descriptions are the messages of refusals.
const messages = "enum ErrorCode"

// Each description of the published schema states what a thing is.
func TestDescriptionsOfTheSchemaStateWhatAThingIs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "schema.graphql"))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), `"""`)
	of := ""
	for i := 1; i < len(parts); i += 2 {
		what, _, _ := strings.Cut(strings.TrimSpace(parts[i+1]), "\n")
		for line := range strings.SplitSeq(parts[i-1], "\n") {
			if line != "" && unicode.IsLetter(rune(line[0])) {
				of = line
			}
		}
		if strings.HasPrefix(of, messages) {
			continue
		}
		for _, wrong := range unclear(strings.Join(strings.Fields(parts[i]), " ")) {
			t.Errorf("%s: the description of %q %s: %s", strings.TrimSuffix(of, " {"), what, wrong, strings.Join(strings.Fields(parts[i]), " "))
		}
	}
	if len(parts) < 2*1500 {
		t.Errorf("only %d descriptions were found", len(parts)/2)
	}
}

func TestAnUnclearDescriptionIsFound(t *testing.T) {
	for _, text := range []string{"When.", "Of placeOrder.", "For which account of the customer.", "the order that is meant here.", "The order that is meant here"} {
		if len(unclear(text)) == 0 {
			t.Errorf("%q was taken", text)
		}
	}
	if wrong := unclear("Time at which the order was placed (RFC 3339, UTC)."); len(wrong) > 0 {
		t.Errorf("a good one: %v", wrong)
	}
}

// halfWidth matches English punctuation beside a Chinese character.
var halfWidth = regexp.MustCompile(`\p{Han}[,;:!?()]|[,;:!?()]\p{Han}|\p{Han}\.(\s|$)`)

// Chinese texts use Chinese punctuation.
func TestChineseTextsHaveTheirOwnPunctuation(t *testing.T) {
	found := 0
	for _, s := range read(t, root).files {
		if s.test || s.generated || excused(s.path, patterns) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, is := n.(*ast.BasicLit)
			if !is || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				found++
			}
			if wrong := halfWidth.FindString(text); wrong != "" {
				t.Errorf("%s: %q in %q", s.path, wrong, text)
			}
			return true
		})
	}
	if found < 500 {
		t.Errorf("only %d texts were found", found)
	}
}

// published is the published schema, read.
func published(t *testing.T) *gql.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "schema.graphql"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := gqlparser.LoadSchema(&gql.Source{Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var (
	// limited are the scalars with values that need a limit.
	limited = regexp.MustCompile(`^(String|Int|Decimal|Upload)$`)
	// limit is how a description states a limit, reference how it names another
	// field or a scalar that states one.
	limit     = regexp.MustCompile(`\d to \d|[Aa]t most \d|\d or more|\d (characters|digits|letters)`)
	reference = regexp.MustCompile("`(\\w+)(?:\\.(\\w+))?`")
)

// needsLimit reports whether values of a type have a limit that the description
// of an input has to state.
func needsLimit(t *gql.Type) bool { return t.Elem != nil || limited.MatchString(t.NamedType) }

// statesLimit reports whether a description states a limit, or names a scalar or
// a field that states it.
func statesLimit(s *gql.Schema, description string) bool {
	if limit.MatchString(description) {
		return true
	}
	for _, name := range reference.FindAllStringSubmatch(description, -1) {
		of := s.Types[name[1]]
		if of == nil {
			continue
		}
		stated := of.Description
		if f := of.Fields.ForName(name[2]); f != nil {
			stated = f.Description
		}
		if limit.MatchString(stated) {
			return true
		}
	}
	return false
}

// unlimited lists the input fields and the arguments of a schema whose
// descriptions state no limit, although their values have one.
func unlimited(s *gql.Schema) (names []string, checked int) {
	check := func(name string, t *gql.Type, description string) {
		if !needsLimit(t) {
			return
		}
		if checked++; !statesLimit(s, description) {
			names = append(names, name)
		}
	}
	for _, d := range s.Types {
		if d.BuiltIn {
			continue
		}
		for _, f := range d.Fields {
			if d.Kind == gql.InputObject {
				check(d.Name+"."+f.Name, f.Type, f.Description)
			}
			for _, a := range f.Arguments {
				if !strings.HasPrefix(f.Name, "__") {
					check(d.Name+"."+f.Name+"("+a.Name+")", a.Type, a.Description)
				}
			}
		}
	}
	slices.Sort(names)
	return names, checked
}

func TestEveryInputStatesItsLimit(t *testing.T) {
	names, checked := unlimited(published(t))
	for _, name := range names {
		t.Errorf("the description of %s states no limit: characters, bytes, items or a range", name)
	}
	if checked < 200 {
		t.Errorf("only %d inputs were checked", checked)
	}
}

// unsaidNull lists the nullable fields of a schema whose descriptions don't say
// when they are null. A field that is null only if its guard refuses it needn't:
// the guard's description says so. The results of a command are null if it is
// refused, too.
func unsaidNull(s *gql.Schema) (names []string, checked int) {
	for _, d := range s.Types {
		if d.BuiltIn || d.Kind == gql.InputObject || d == s.Query || d == s.Mutation || d == s.Subscription {
			continue
		}
		for _, f := range d.Fields {
			guarded := d.Directives.ForName("owned") != nil || f.Directives.ForName("can") != nil || f.Directives.ForName("self") != nil
			if f.Type.NonNull || guarded && !strings.HasSuffix(d.Name, "Payload") {
				continue
			}
			if checked++; !strings.Contains(strings.ToLower(f.Description), "null") {
				names = append(names, d.Name+"."+f.Name)
			}
		}
	}
	slices.Sort(names)
	return names, checked
}

func TestEveryNullableFieldSaysWhenItIsNull(t *testing.T) {
	names, checked := unsaidNull(published(t))
	for _, name := range names {
		t.Errorf("the description of %s doesn't say when it is null", name)
	}
	if checked < 100 {
		t.Errorf("only %d fields were checked", checked)
	}
}

func TestAnInputWithoutALimitAndAnUnsaidNullAreFound(t *testing.T) {
	s := gqlparser.MustLoadSchema(&gql.Source{Input: `
		directive @can on FIELD_DEFINITION
		"Whole number: 1 to 5 digits."
		scalar Short
		input PlaceInput {
			"Name of the place, 1 to 200 characters."
			name: String!
			"Name of the owner (1.2), as in RFC 3339."
			owner: String!
			"Code of the place, as long as ` + "`PlaceInput.name`" + `."
			code: String
			"Height of the place, written like a ` + "`Short`" + `."
			height: Int
			"Neighbouring places, see ` + "`PlaceInput.owner`" + `."
			beside: [ID!]
			"ID of the place."
			id: ID!
		}
		type PlacePayload {
			"Number of the place; null if the command was refused."
			number: Int
			"Street of the place."
			street: String @can
		}
		type Place {
			"Street of the place."
			street: String @can
			"Town of the place."
			town: String
		}
		type Query {
			"Place with the given name."
			place("Name of the place." name: String): Place
		}`})
	if got, _ := unlimited(s); !slices.Equal(got, []string{"PlaceInput.beside", "PlaceInput.owner", "Query.place(name)"}) {
		t.Errorf("inputs without a limit: %v", got)
	}
	if got, _ := unsaidNull(s); !slices.Equal(got, []string{"Place.town", "PlacePayload.street"}) {
		t.Errorf("fields that don't say when they are null: %v", got)
	}
}
