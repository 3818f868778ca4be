"""orderplan: Salesforce CPQ orders become Stripe Billing calls, by rules kept in version control.

The packages stand in the order of the pipeline, and each imports only those before it:
diagnostics, syntax, schema, validate, records, contract, program, plan, forecast, render.
"""

__version__ = "0.1.0"
