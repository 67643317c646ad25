// Starts GraphiQL on the endpoint that the page names. A query in the address
// (?query=) is put into the editor, not run. Headers, which may hold a token,
// are never stored.
'use strict';
(function () {
  // The dialogs' scroll lock marks its style element with this.
  window.__webpack_nonce__ = document.currentScript.nonce;
  var root = document.getElementById('graphiql');
  var asked = new URLSearchParams(location.search);
  var hello = '# Ctrl-Enter runs the query. Sign in by the mutation signIn, then put\n' +
    '# {"Authorization": "Bearer …"} under Headers.\n\n{\n  __typename\n}\n';
  ReactDOM.createRoot(root).render(React.createElement(GraphiQL, {
    // What is under Headers goes with a subscription as connection_init's payload.
    fetcher: GraphiQL.createFetcher({
      url: root.dataset.endpoint,
      subscriptionUrl: location.origin.replace(/^http/, 'ws') + root.dataset.endpoint
    }),
    defaultQuery: hello,
    query: asked.get('query') || undefined,
    variables: asked.get('variables') || undefined,
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false
  }));
})();
