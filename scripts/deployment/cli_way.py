"""placeholder"""
STAGES = []
