package transport

import "portico/clause"

func declare(code string, by clause.Ref, zh, en string) clause.Refusal {
	r := clause.Refusal{Code: code, Clause: by, Class: clause.ByProgram, Text: clause.Text{ZH: zh, EN: en}}
	if by != "" {
		r.Remedy = &clause.Remedy{Text: clause.Text{ZH: "缩短正文或文件；成批的数据请分几次发送。", EN: "Send less: a shorter text or a smaller file, and a batch in several parts."}}
	}
	return clause.Declare(r)
}

// The refusals of a request because of its form. A malformed request is
// [clause.Malformed].
var (
	MethodNotAllowed = declare("METHOD_NOT_ALLOWED", "",
		"此地址只接受 GET 与 POST。", "This address takes GET and POST.")
	MutationNeedsPost = declare("MUTATION_NEEDS_POST", "",
		"变更操作只能以 POST 发送。", "A mutation can be sent by POST only.")
	NotAcceptable = declare("NOT_ACCEPTABLE", "",
		"响应格式仅有 application/graphql-response+json 与 application/json。", "Answers are application/graphql-response+json or application/json.")
	MediaTypeUnknown = declare("UNSUPPORTED_MEDIA_TYPE", "",
		"请求正文须为 UTF-8 编码的 application/json，且未经压缩。", "The body must be application/json in UTF-8, not compressed.")
	BodyTooLarge = declare("BODY_TOO_LARGE", "5.4",
		"请求正文超过上限 {limit} 字节。", "The body is larger than {limit} bytes.")
	SubscriptionNeedsStream = declare("SUBSCRIPTION_NEEDS_STREAM", "",
		"订阅须经 WebSocket 或 SSE 发送。", "A subscription needs a websocket or server-sent events.")
	DeferNeedsStream = declare("DEFER_NEEDS_STREAM", "",
		"@defer 须经流式传输使用。", "@defer needs a transport that streams.")
	DocumentUnknown = declare("DOCUMENT_NOT_FOUND", "",
		"没有此标识的受信任文档。", "No trusted document has this id.")
	DocumentRequired = declare("DOCUMENT_REQUIRED", "",
		"此处只接受受信任的文档，请发送 documentId。", "Only trusted documents are taken here; send a documentId.")
	// PersistedQueryUnknown asks the client to send the hash again with the query.
	// Clients recognise it by this exact message, so it isn't translated.
	PersistedQueryUnknown = declare("PERSISTED_QUERY_NOT_FOUND", "",
		"PersistedQueryNotFound", "PersistedQueryNotFound")
	PersistedQueriesOff = declare("PERSISTED_QUERY_NOT_SUPPORTED", "",
		"PersistedQueryNotSupported", "PersistedQueryNotSupported")
	PreflightMissing = declare("PREFLIGHT_REQUIRED", "",
		"上传须带有请求头 GraphQL-Preflight: 1。", "An upload must carry the header GraphQL-Preflight: 1.")
	CrossOrigin = declare("CROSS_ORIGIN", "",
		"不接受来自此站点的请求。", "Requests from this site are not taken.")
	UploadTooLarge = declare("UPLOAD_TOO_LARGE", "5.4",
		"上传超过上限：{what} {limit}。", "The upload is over a limit: {what} {limit}.")
)
