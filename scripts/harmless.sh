# To be sourced: the environment for commands that load the settings and must touch nobody's data.
unset PYTHONPATH PYTHONHOME DATABASE_URL REDIS_URL
for name in $(env | sed -n 's/^\(PORTAL_[A-Z_]*\)=.*/\1/p'); do
  [ "$name" = PORTAL_CHROMIUM ] || unset "$name"
done
harmless_folder=$(mktemp -d)
trap 'rm -rf "$harmless_folder"' EXIT
trap 'exit 130' INT TERM

export DJANGO_SETTINGS_MODULE=portal.settings
export PORTAL_DEMO=1
export PORTAL_DATA="$harmless_folder"
export PORTAL_BASE_URL=http://localhost:8000
export PORTAL_SECRET_KEY=for-checks-only-for-checks-only-for-checks-only-for-checks-only
export PORTAL_PEPPER=for-checks-only-for-checks-only-for-checks-only
export PORTAL_FIELD_KEYS=1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
export PORTAL_DEMO_PASSWORD=for-checks-only
