.PHONY: assets assets-dev

ASSETS = src/{{ package_name }}/static/vite/.vite/manifest.json

# Builds the scripts and styles of vite/.
assets: $(ASSETS)

# Serves them with hot reload, for `make serve VITE_DEV_SERVER=http://127.0.0.1:5173`.
assets-dev: vite/node_modules/ready
	cd vite && npm run dev

# Without npm, pages work without the scripts and styles of vite/.
serve: $(if $(shell command -v npm 2>/dev/null),$(ASSETS))

$(ASSETS): vite/node_modules/ready $(shell find vite -name node_modules -prune -o -type f -print)
	cd vite && npm run build

vite/node_modules/ready: vite/package.json vite/package-lock.json
	cd vite && npm ci
	touch $@
