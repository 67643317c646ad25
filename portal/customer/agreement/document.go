// Package agreement owns the documents of the agreement: their text, which
// version is in force, and who accepted it.
package agreement

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"portico/clause"
)

// Kind is the kind of a document (enum TermsKind of the API).
type Kind string

// The kinds of documents.
const (
	ServiceTerms  Kind = "SERVICE_TERMS"
	PrivacyPolicy Kind = "PRIVACY_POLICY"
)

// kinds are all of them, in the order in which they are shown.
var kinds = []Kind{ServiceTerms, PrivacyPolicy}

// Document is one version of one document, in both languages.
type Document struct {
	Kind    Kind
	Version string
	Titles  clause.Text
	// Bodies are Markdown, without the header; every clause has its own heading,
	// "### 3.8 …" ("## 8 …" if a chapter is one clause).
	Bodies clause.Text
	// EffectiveAt is when the version begins to bind, in UTC. It never binds
	// before it is published, regardless of this date (clause 0).
	EffectiveAt time.Time
	// ExplicitAcceptance requires a click; otherwise continued use of the
	// services is acceptance too (clause 0).
	ExplicitAcceptance bool
	// Clauses are the clauses that have a heading, in order; the same in both
	// languages. Service terms have exactly those of clause.Table; a privacy
	// policy numbers its own sections.
	Clauses []clause.Ref
}

// DocumentInvalid refuses a document that can't be published. Its parameters
// are "file" and "detail".
var DocumentInvalid = clause.Declare(clause.Refusal{Code: "TERMS_DOCUMENT_INVALID", Clause: "0",
	Text:   clause.Text{ZH: "协议文件 {file} 无效：{detail}", EN: "The document {file} is not valid: {detail}"},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请改正文件后重新载入。", EN: "Correct the file and load it again."}}})

func invalid(file, zh, en string, args ...any) error {
	return DocumentInvalid.With("file", file).
		With("detail", clause.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)})
}

// ReadDocuments reads every document of a folder: two Markdown files each, one
// a language, named KIND.LANGUAGE.md ("service-terms.zh-CN.md"). Other files
// than *.md, and README.md, are passed over. A file begins with a header:
//
//	---
//	title: Portico service terms
//	version: 2026-1
//	effective: 2026-01-01T00:00:00+08:00
//	acceptance: explicit
//	---
//
// acceptance is "explicit" or "conduct". The service terms must have one
// heading for each clause of clause.Table, in its order and with nothing
// below it empty; a document must exist in both languages, and they must agree
// in version, date, acceptance and clauses. Anything else is refused with
// TERMS_DOCUMENT_INVALID (clause 0).
func ReadDocuments(folder fs.FS) ([]Document, error) {
	names, err := fs.Glob(folder, "*.md")
	if err != nil {
		return nil, err
	}
	pages := map[Kind]map[clause.Lang]page{}
	for _, name := range names {
		if name == "README.md" {
			continue
		}
		p, err := readPage(folder, name)
		if err != nil {
			return nil, err
		}
		if pages[p.kind] == nil {
			pages[p.kind] = map[clause.Lang]page{}
		}
		pages[p.kind][p.lang] = p
	}
	var docs []Document
	for _, k := range kinds {
		if pages[k] == nil {
			continue
		}
		d, err := join(pages[k])
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	if len(docs) == 0 {
		return nil, invalid(".", "没有任何协议文件", "there is no document")
	}
	return docs, nil
}

// Clause returns the text below the heading of a clause in one language; false
// if the document has no such heading.
func (d Document) Clause(r clause.Ref, l clause.Lang) (string, bool) {
	body := d.Bodies.In(l, nil)
	sections, _ := split("", body)
	for _, s := range sections {
		if s.ref == r {
			return s.text, true
		}
	}
	return "", false
}

// page is one file: a document in one language.
type page struct {
	file       string
	kind       Kind
	lang       clause.Lang
	title      string
	version    string
	effective  time.Time
	acceptance string
	body       string
	clauses    []clause.Ref
}

func readPage(folder fs.FS, file string) (page, error) {
	p := page{file: file}
	text, err := fs.ReadFile(folder, file)
	if err != nil {
		return page{}, err
	}
	base, lang, _ := strings.Cut(strings.TrimSuffix(path.Base(file), ".md"), ".")
	p.kind = Kind(strings.ToUpper(strings.ReplaceAll(base, "-", "_")))
	p.lang = clause.Lang(lang)
	if !slices.Contains(kinds, p.kind) || (p.lang != clause.ZH && p.lang != clause.EN) {
		return page{}, invalid(file, "文件名应为“种类.语言.md”，例如 service-terms.zh-CN.md",
			"its name is not KIND.LANGUAGE.md, like service-terms.zh-CN.md")
	}
	header, body, err := cutHeader(file, strings.ReplaceAll(string(text), "\r\n", "\n"))
	if err != nil {
		return page{}, err
	}
	if err := p.readHeader(header); err != nil {
		return page{}, err
	}
	p.body = strings.TrimSpace(body) + "\n"
	sections, err := split(file, p.body)
	if err != nil {
		return page{}, err
	}
	for _, s := range sections {
		p.clauses = append(p.clauses, s.ref)
	}
	return p, p.checkClauses()
}

func cutHeader(file, text string) (map[string]string, string, error) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(text, "\ufeff"), "---\n")
	head, body, closed := strings.Cut(rest, "\n---\n")
	if !ok || !closed {
		return nil, "", invalid(file, "缺少以“---”起止的文件头", "there is no header between lines of ---")
	}
	header := map[string]string{}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, ok := strings.Cut(line, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if _, twice := header[key]; !ok || value == "" || twice {
			return nil, "", invalid(file, "文件头的这一行无效：%s", "this line of the header is not valid: %s", line)
		}
		header[key] = value
	}
	return header, body, nil
}

func (p *page) readHeader(header map[string]string) error {
	for _, key := range []string{"title", "version", "effective", "acceptance"} {
		if header[key] == "" {
			return invalid(p.file, "文件头缺少 %s", "the header lacks %s", key)
		}
	}
	if len(header) != 4 {
		return invalid(p.file, "文件头只能有 title、version、effective、acceptance", "the header may contain only title, version, effective and acceptance")
	}
	at, err := time.Parse(time.RFC3339, header["effective"])
	if err != nil {
		return invalid(p.file, "effective 应为 RFC 3339 时间：%s", "effective is not an RFC 3339 time: %s", header["effective"])
	}
	if a := header["acceptance"]; a != "explicit" && a != "conduct" {
		return invalid(p.file, "acceptance 应为 explicit 或 conduct：%s", "acceptance must be explicit or conduct: %s", a)
	}
	p.title, p.version, p.effective, p.acceptance = header["title"], header["version"], at.UTC(), header["acceptance"]
	return nil
}

// section is a numbered heading and the text below it.
type section struct {
	ref         clause.Ref
	title, text string
}

var (
	heading = regexp.MustCompile(`^(#{1,6})[ \t]+(.*)$`)
	number  = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)*)[ \t]+\S`)
)

// split returns the sections of a body. The heading of a chapter ("## 3 …")
// with clauses has no text and is no section; one with text is a clause itself
// ("## 8 …").
func split(file, body string) ([]section, error) {
	var all []section
	seen := map[clause.Ref]bool{}
	for line := range strings.SplitSeq(body, "\n") {
		if m := heading.FindStringSubmatch(line); m != nil {
			n := number.FindStringSubmatch(m[2])
			if n == nil || len(m[1]) != 2+strings.Count(n[1], ".") || strings.Count(n[1], ".") > 1 {
				return nil, invalid(file, "标题应为“## 章 名称”或“### 条 名称”：%s", "a heading must be '## CHAPTER title' or '### CLAUSE title': %s", line)
			}
			r := clause.Ref(n[1])
			if seen[r] {
				return nil, invalid(file, "第 %s 条出现了两次", "clause %s appears twice", r)
			}
			seen[r] = true
			all = append(all, section{ref: r, title: strings.TrimSpace(m[2][len(n[1]):])})
			continue
		}
		if len(all) > 0 {
			all[len(all)-1].text += line + "\n"
		} else if strings.TrimSpace(line) != "" {
			return nil, invalid(file, "第一个标题之前有文字：%s", "there is text before the first heading: %s", line)
		}
	}
	var sections []section
	for i, s := range all {
		s.text = strings.TrimSpace(s.text)
		chapter := i+1 < len(all) && strings.HasPrefix(string(all[i+1].ref), string(s.ref)+".")
		if s.text == "" && !chapter {
			return nil, invalid(file, "第 %s 条没有内容", "clause %s has no text", s.ref)
		}
		if s.text != "" && chapter {
			return nil, invalid(file, "第 %s 章的标题下有不属于任何条的文字", "chapter %s has text that belongs to no clause", s.ref)
		}
		if !chapter {
			sections = append(sections, s)
		}
	}
	return sections, nil
}

// checkClauses compares the service terms with the table of clauses. A privacy
// policy has its own numbers, and at least one section.
func (p page) checkClauses() error {
	if p.kind != ServiceTerms {
		if len(p.clauses) == 0 {
			return invalid(p.file, "没有任何带编号的章节", "there is no numbered section")
		}
		return nil
	}
	for _, r := range p.clauses {
		if _, ok := clause.Lookup(r); !ok {
			return invalid(p.file, "协议没有第 %s 条", "the agreement has no clause %s", r)
		}
	}
	for _, c := range clause.Table {
		if !slices.Contains(p.clauses, c.Ref) {
			return invalid(p.file, "缺少第 %s 条", "clause %s is missing", c.Ref)
		}
	}
	for i, c := range clause.Table {
		if p.clauses[i] != c.Ref {
			return invalid(p.file, "第 %s 条不在其位置", "clause %s is in the wrong place", p.clauses[i])
		}
	}
	return nil
}

// join makes one document of its two languages.
func join(pages map[clause.Lang]page) (Document, error) {
	zh, okZH := pages[clause.ZH]
	en, okEN := pages[clause.EN]
	switch {
	case !okZH:
		return Document{}, invalid(en.file, "缺少语言 %s", "the language %s is missing", clause.ZH)
	case !okEN:
		return Document{}, invalid(zh.file, "缺少语言 %s", "the language %s is missing", clause.EN)
	case zh.version != en.version:
		return Document{}, invalid(en.file, "两种语言的 version 不同", "version differs between the languages")
	case !zh.effective.Equal(en.effective):
		return Document{}, invalid(en.file, "两种语言的 effective 不同", "effective differs between the languages")
	case zh.acceptance != en.acceptance:
		return Document{}, invalid(en.file, "两种语言的 acceptance 不同", "acceptance differs between the languages")
	case !slices.Equal(zh.clauses, en.clauses):
		return Document{}, invalid(en.file, "两种语言的条款不同", "the clauses differ between the languages")
	}
	return Document{Kind: zh.kind, Version: zh.version,
		Titles: clause.Text{ZH: zh.title, EN: en.title}, Bodies: clause.Text{ZH: zh.body, EN: en.body},
		EffectiveAt: zh.effective, ExplicitAcceptance: zh.acceptance == "explicit", Clauses: zh.clauses}, nil
}
