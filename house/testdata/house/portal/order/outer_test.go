package order_test

import _ "portico/portal/portaltest"
