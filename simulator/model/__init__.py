"""Values: requests and answers, prefixes, routes, an account at one moment, and the target file that declares it."""
