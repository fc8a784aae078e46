from .checks import Report as Report
from .checks import Result as Result
from .kit import check_converter as check_converter
from .kit import check_dataset as check_dataset
from .kit import check_decoder as check_decoder
from .kit import check_encoder as check_encoder
from .kit import check_model as check_model
from .kit import plugins as plugins
