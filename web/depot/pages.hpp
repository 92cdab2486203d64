#pragma once
// The dashboard's files and page addresses.
#include "web/depot/router.hpp"

namespace resus::depot {

/// /ui/<treehash>/… is immutable; the page addresses all answer with index.html. Call last: it takes what is left.
void add_pages(Router& router);
/// Headers every answer of the https port carries: content security policy and its like.
void add_security_headers(transport::Response& response);

}  // namespace resus::depot
