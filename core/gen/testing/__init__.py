"""What plugin authors test with: the conformance kit, and plugins that needn't be installed."""

from gen.testing.kit import check_converter as check_converter
from gen.testing.kit import check_dataset as check_dataset
from gen.testing.kit import check_decoder as check_decoder
from gen.testing.kit import check_encoder as check_encoder
from gen.testing.kit import check_model as check_model
from gen.testing.plugins import plugins as plugins
from gen.testing.report import Report as Report
from gen.testing.report import Result as Result

__all__ = [
    "Report",
    "Result",
    "check_converter",
    "check_dataset",
    "check_decoder",
    "check_encoder",
    "check_model",
    "plugins",
]
