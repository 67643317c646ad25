package limits

import (
	"github.com/99designs/gqlgen/graphql/errcode"

	"portico/clause"
)

var smaller = &clause.Remedy{Text: clause.Text{
	ZH: "请拆分请求、减少所选字段，或以变量传递大批数据。",
	EN: "Split the request, select less, or send large batches as variables.",
}}

// The refusals of a document before it is validated. All are caused by an error of the
// calling program.
var (
	TooDeep = clause.Declare(clause.Refusal{Code: "QUERY_TOO_DEEP", Clause: "5.4", Class: clause.ByProgram, Remedy: smaller,
		Text: clause.Text{ZH: "查询嵌套 {value} 层，超过上限 {limit} 层。", EN: "The query nests {value} fields deep; {limit} are allowed."}})
	TooLarge = clause.Declare(clause.Refusal{Code: "QUERY_TOO_LARGE", Clause: "5.4", Class: clause.ByProgram, Remedy: smaller, Carries: []string{"figure"},
		Text: clause.Text{ZH: "查询的{what}为 {value}，超过上限 {limit}。", EN: "The query has {value} {what}; {limit} are allowed."}})
	TooCostly = clause.Declare(clause.Refusal{Code: "QUERY_TOO_COSTLY", Clause: "5.4", Class: clause.ByProgram, Remedy: smaller,
		Text: clause.Text{ZH: "查询的代价为 {value} 点，超过上限 {limit} 点。", EN: "The query costs {value} points; {limit} are allowed."}})
	Circular = clause.Declare(clause.Refusal{Code: "QUERY_CIRCULAR", Clause: "5.4", Class: clause.ByProgram,
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "去掉片段对自身的引用。", EN: "Take out what leads the fragment back to itself."}},
		Text:   clause.Text{ZH: "片段 {fragment} 直接或间接引用了自身。", EN: "The fragment {fragment} spreads itself, directly or through others."}})
	SchemaHidden = clause.Declare(clause.Refusal{Code: "INTROSPECTION_OFF", Class: clause.ByProgram,
		Text: clause.Text{ZH: "此处不提供模式自省。", EN: "Introspection is switched off here."}})
	// NotParsed and NotValid are declared for the list of codes. gqlparser reports
	// these errors with its own messages.
	NotParsed = clause.Declare(clause.Refusal{Code: errcode.ParseFailed, Class: clause.ByProgram,
		Text: clause.Text{ZH: "文档不是 GraphQL。", EN: "The document is not GraphQL."}})
	NotValid = clause.Declare(clause.Refusal{Code: errcode.ValidationFailed, Class: clause.ByProgram,
		Text: clause.Text{ZH: "文档或变量与模式不符。", EN: "The document, or a variable, does not fit the schema."}})
)

// counted holds the names of the figures of QUERY_TOO_LARGE, by the value of its
// parameter "figure".
var counted = map[string]clause.Text{
	"tokens":             {ZH: "词法单元数", EN: "tokens"},
	"textBytes":          {ZH: "文本字节数", EN: "bytes of text"},
	"nameBytes":          {ZH: "最长名称或数字的字节数", EN: "bytes in its longest name or number"},
	"introspectionLists": {ZH: "自省列表嵌套层数", EN: "nested lists of introspection"},
	"introspections":     {ZH: "自省次数", EN: "introspections"},
	"rootFields":         {ZH: "根字段数", EN: "root fields"},
	"fields":             {ZH: "字段数", EN: "fields"},
	"aliases":            {ZH: "别名数", EN: "aliases"},
	"directives":         {ZH: "指令数", EN: "directives"},
	"fragments":          {ZH: "片段使用次数", EN: "uses of fragments"},
	"values":             {ZH: "变量中值的个数", EN: "values in its JSON"},
	"nested":             {ZH: "变量中值的嵌套层数", EN: "levels of values in its JSON"},
}

// JSON refuses a request's JSON that holds too many values, or nests them too deep,
// with QUERY_TOO_LARGE. Longest is the maximum length of a request in bytes. Decoded
// values can take a hundred times the memory of their text, such as "{},{}".
func JSON(data []byte, longest int64) error {
	values, nested := countValues(data)
	if most := max(leastValues, longest/bytesAValue); values > most {
		return tooLarge("values", values, most)
	}
	if nested > mostNested {
		return tooLarge("nested", nested, mostNested)
	}
	return nil
}

const (
	// bytesAValue is the number of bytes of the longest body for which one value is
	// allowed. The longest report of usage has about sixty bytes for each value.
	bytesAValue = 50
	leastValues = 1000
	mostNested  = 64
)

// countValues counts the values of JSON (members of objects and items of lists) and the
// levels of their nesting, without decoding it.
func countValues(data []byte) (values, nested int64) {
	var level int64
	quoted := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			values++
			level++
			nested = max(nested, level)
		case c == ',':
			values++
		case c == '}' || c == ']':
			level--
		}
	}
	return values, nested
}

func tooLarge(what string, value, limit int64) clause.Refusal {
	return TooLarge.With("figure", what).With("what", counted[what]).With("value", value).With("limit", limit)
}
