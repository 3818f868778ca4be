"""orderplan: Salesforce CPQ orders become Stripe Billing calls, by rules kept in version control.

The packages stand in the order of the pipeline, and each imports only those before it:
diagnostics, syntax, schema, validate, records, contract, program, plan, forecast, render.
"""

if __name__ == "engine":
    # Under two names each module would be loaded twice, and a Diagnostic of one would be none of the other.
    raise ImportError("this package is imported as orderplan.engine; what is public is in orderplan")

__version__ = "0.1.0"
