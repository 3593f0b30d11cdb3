# expect: S504 3:12
# expect: S504 4:11
API_KEY = "zX81-kkQ9-aaB7-17vv"
SIGNED = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
