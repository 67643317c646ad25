package agreement_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"portico/clause"
	"portico/portal/customer/agreement"
)

const header = "---\ntitle: Terms\nversion: 7\neffective: 2026-07-01T00:00:00+08:00\nacceptance: explicit\n---\n"

// terms returns a complete document, with one heading for each clause of the
// table.
func terms() string {
	var b strings.Builder
	b.WriteString(header)
	chapter := ""
	for _, c := range clause.Table {
		head, _, item := strings.Cut(string(c.Ref), ".")
		if item && head != chapter {
			fmt.Fprintf(&b, "\n## %s Chapter\n", head)
			chapter = head
		}
		level := "##"
		if item {
			level = "###"
		}
		fmt.Fprintf(&b, "\n%s %s %s\n\nWords of %s.\n", level, c.Ref, c.Title.EN, c.Ref)
	}
	return b.String()
}

func read(files map[string]string) ([]agreement.Document, error) {
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return agreement.ReadDocuments(folder)
}

func TestAWholeDocumentIsRead(t *testing.T) {
	docs, err := read(map[string]string{
		"service-terms.zh-CN.md": "\ufeff" + terms(), "service-terms.en.md": strings.ReplaceAll(terms(), "\n", "\r\n"),
		"README.md": "not a document", "notes.txt": "neither",
	})
	if err != nil || len(docs) != 1 {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	d := docs[0]
	if d.Kind != agreement.ServiceTerms || d.Version != "7" || d.Titles.EN != "Terms" || !d.ExplicitAcceptance {
		t.Errorf("%+v", d)
	}
	if want := time.Date(2026, 6, 30, 16, 0, 0, 0, time.UTC); d.EffectiveAt != want {
		t.Errorf("effective %s instead of %s", d.EffectiveAt, want)
	}
	if len(d.Clauses) != len(clause.Table) {
		t.Errorf("%d clauses", len(d.Clauses))
	}
	for _, r := range []clause.Ref{"0", "3.8", "8", "11", "13.4"} {
		if text, ok := d.Clause(r, clause.EN); !ok || text != "Words of "+string(r)+"." {
			t.Errorf("%s: %q", r, text)
		}
	}
	if _, ok := d.Clause("3", clause.EN); ok {
		t.Error("a chapter is no clause")
	}
}

func TestAPrivacyPolicyCountsItsOwnSections(t *testing.T) {
	policy := strings.Replace(header, "explicit", "conduct", 1) + "## 1 Scope\n### 1.1 What\nThis.\n## 2 Rights\nThose.\n"
	docs, err := read(map[string]string{"privacy-policy.zh-CN.md": policy, "privacy-policy.en.md": policy})
	if err != nil || len(docs) != 1 || fmt.Sprint(docs[0].Clauses) != "[1.1 2]" || docs[0].ExplicitAcceptance {
		t.Fatalf("%+v, %v", docs, err)
	}
}

func TestBothDocumentsComeInOrder(t *testing.T) {
	policy := header + "## 1 Scope\nThis.\n"
	docs, err := read(map[string]string{"privacy-policy.zh-CN.md": policy, "privacy-policy.en.md": policy,
		"service-terms.zh-CN.md": terms(), "service-terms.en.md": terms()})
	if err != nil || len(docs) != 2 || docs[0].Kind != agreement.ServiceTerms {
		t.Fatalf("%v", err)
	}
}

func TestDefectiveDocumentsAreRefused(t *testing.T) {
	whole := terms()
	swap := func(old, new string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("no %q to replace", old)
		}
		return strings.Replace(whole, old, new, 1)
	}
	section := func(r string) string {
		return swap(fmt.Sprintf("\n\nWords of %s.\n", r), "\n\n")
	}
	policy := header + "## 1 Scope\nThis.\n"
	for name, en := range map[string]string{
		"a clause is missing":            strings.Replace(swap("### 3.8 ", "3.8 "), "\n3.8 ", "\n3.8 x", 1),
		"the whole chapter 8 is missing": swap("## 8 ", "Chapter 8 "),
		"a clause is there twice":        whole + "\n### 3.8 Again\n\nMore.\n",
		"a clause is unknown":            whole + "\n### 13.5 More\n\nMore.\n",
		"clauses are out of order":       strings.NewReplacer("### 3.8 ", "### 3.9 ", "### 3.9 ", "### 3.8 ").Replace(whole),
		"a clause says nothing":          section("3.8"),
		"the last clause says nothing":   section("13.4"),
		"a heading has no number":        swap("### 3.8 ", "### "),
		"a heading has no title":         swap("### 3.8 Arrears and suspension of services", "### 3.8"),
		"a clause at a chapter's level":  swap("### 3.8 ", "## 3.8 "),
		"a chapter at a clause's level":  swap("## 8 ", "### 8 "),
		"a chapter has text of its own":  swap("## 3 Chapter\n", "## 3 Chapter\n\nStray.\n"),
		"text before the first heading":  swap("\n## 0 ", "\nStray.\n\n## 0 "),
		"there is no header":             strings.TrimPrefix(whole, header),
		"the header isn't closed":        strings.Replace(whole, "explicit\n---\n", "explicit\n", 1),
		"the header lacks the version":   swap("version: 7\n", ""),
		"the header has a key twice":     swap("version: 7\n", "version: 7\nversion: 7\n"),
		"the header has a strange key":   swap("version: 7\n", "version: 7\ncolour: red\n"),
		"the date is no instant":         swap("2026-07-01T00:00:00+08:00", "2026-07-01"),
		"the acceptance is unknown":      swap("acceptance: explicit", "acceptance: silent"),
		"the version differs":            swap("version: 7\n", "version: 8\n"),
		"the date differs":               swap("2026-07-01T", "2026-07-02T"),
		"the acceptance differs":         swap("acceptance: explicit", "acceptance: conduct"),
		"it is empty":                    "",
	} {
		if en == whole {
			t.Fatalf("%s: nothing was changed", name)
		}
		_, err := read(map[string]string{"service-terms.zh-CN.md": whole, "service-terms.en.md": en})
		refused(t, name, err)
	}
	for name, files := range map[string]map[string]string{
		"no English":                    {"service-terms.zh-CN.md": whole},
		"no Chinese":                    {"service-terms.en.md": whole},
		"an unknown kind":               {"cookie-policy.zh-CN.md": whole, "cookie-policy.en.md": whole},
		"an unknown language":           {"service-terms.zh-CN.md": whole, "service-terms.en.md": whole, "service-terms.de.md": whole},
		"no document":                   {"README.md": "nothing"},
		"a policy without sections":     {"privacy-policy.zh-CN.md": header, "privacy-policy.en.md": header},
		"sections differ by language":   {"privacy-policy.zh-CN.md": policy, "privacy-policy.en.md": policy + "## 2 More\nThat.\n"},
		"one good and one half of them": {"service-terms.zh-CN.md": whole, "service-terms.en.md": whole, "privacy-policy.en.md": policy},
	} {
		_, err := read(files)
		refused(t, name, err)
	}
}

func refused(t *testing.T, name string, err error) {
	t.Helper()
	var r clause.Refusal
	if !errors.Is(err, agreement.DocumentInvalid) || !errors.As(err, &r) {
		t.Errorf("%s: %v", name, err)
		return
	}
	if r.Clause != "0" || r.Params["file"] == nil || strings.Contains(r.Message(clause.ZH)+r.Message(clause.EN), "{") {
		t.Errorf("%s: %s", name, r.Message(clause.EN))
	}
}
