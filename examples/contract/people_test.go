package contract_test

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator"
)

var guided = regexp.MustCompile("(?s)```graphql\n(.*?)```\n\n```json\n(.*?)```")

// The guide for administrators shows what can be sent.
func TestTheDocumentsOfTheGuideValidate(t *testing.T) {
	page, err := os.ReadFile("../../docs/people.md")
	if err != nil {
		t.Fatal(err)
	}
	s, shown := schema(t), guided.FindAllSubmatch(page, -1)
	if len(shown) < 10 {
		t.Errorf("the guide has %d documents", len(shown))
	}
	for _, m := range shown {
		d, errs := gqlparser.LoadQueryWithRules(s, string(m[1]), nil)
		if errs != nil {
			t.Errorf("%v\n%s", errs, m[1])
			continue
		}
		var variables map[string]any
		if err := json.Unmarshal(m[2], &variables); err != nil {
			t.Errorf("%v\n%s", err, m[2])
			continue
		}
		if _, err := validator.VariableValues(s, d.Operations[0], variables); err != nil {
			t.Errorf("%v\n%s", err, m[2])
		}
	}
}
