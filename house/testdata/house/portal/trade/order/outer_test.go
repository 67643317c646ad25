package order_test

import _ "portico/portaltest"
