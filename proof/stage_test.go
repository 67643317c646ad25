package proof_test

import _ "portico/server"
