from .curves import Curve as Curve
from .curves import Interval as Interval
from .interpolation import InterpolationStudy as InterpolationStudy
from .interpolation import interpolation_study as interpolation_study
from .measures import WayCurves as WayCurves
