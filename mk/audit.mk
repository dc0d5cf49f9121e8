# What the dependencies are held to, and what has become known of them since.

.PHONY: audit audit-policy

audit: ## Known vulnerabilities, licences and sources of all crates (deny.toml); takes cargo-deny and the network
	@scripts/audit

audit-policy: ## The same without the advisories, which takes no network but the registry
	@scripts/audit --policy
