package house_test

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
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
