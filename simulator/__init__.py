"""An independent imitation of the Messenger Platform, with a clock that can be moved.

It shares no code and no data with the channel or with the policy guard: its facts were transcribed
from the platform's own pages a second time, so that an agreement between the two means something.
"""
