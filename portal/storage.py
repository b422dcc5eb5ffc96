from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class HashedModules(CompressedManifestStaticFilesStorage):
    """Hashed names for everything, imports between our ES modules included.

    The rewriting finds only relative imports that end with a semicolon; a test keeps ours that way.
    """

    support_js_module_import_aggregation = True
