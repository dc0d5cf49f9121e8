# Checks the dependencies: licences, sources, known vulnerabilities.

.PHONY: audit audit-policy

audit: ## Check all crates for vulnerabilities, licences, sources (deny.toml); needs cargo-deny, network
	@scripts/audit

audit-policy: ## The same without the vulnerabilities; needs only the registry
	@scripts/audit --policy
