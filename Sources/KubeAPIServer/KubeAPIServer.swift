// HTTP, authentication, authorization, admission, discovery and OpenAPI: the one hub through which every part talks.
